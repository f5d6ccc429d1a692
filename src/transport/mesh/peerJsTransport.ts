import { serverAddress } from "../../interop/serverAddress.js";
import { DefaultRetryPolicy } from "../retryPolicy.js";
import { RtcError } from "../../errors/rtcError.js";
import type { IRetryPolicy } from "../retryPolicy.js";
import type { IVoiceGrant, IVoiceJoinOptions, IVoiceSession, IVoiceTransport } from "../voiceTransport.js";
import { resolveOpusSettings } from "../opusSettings.js";
import type { IOpusSettings } from "../opusSettings.js";
import type { ISilentTrack } from "./mesh.js";
import type { IPeerJsSessionOptions } from "./peerJsSession.js";

/** How the mesh works. */
export interface IPeerJsTransportOptions {
    /** Address of a babylon-rtc-server, for grants without an `url`. */
    readonly server: string;
    /** Makes what a link carries while there is no microphone; the session disposes it. */
    readonly silentTrack: () => ISilentTrack;
    /** STUN and TURN servers. Default: the grant's; if it names none, none. PeerJS' own are never used. */
    readonly iceServers?: RTCIceServer[] | undefined;
    /** How voices are coded. Default: mono, 32 kbit/s, 20 ms. */
    readonly opus?: Partial<IOpusSettings> | undefined;
    /** How long received sound waits at least, 0 to 4,000 ms, so that late packets still come in time; null = as the browser finds best. Default: null. */
    readonly jitterTargetMs?: number | null | undefined;
    /** When to call again after a link has failed. Default: `DefaultRetryPolicy`. */
    readonly retryPolicy?: IRetryPolicy | undefined;
}

/** Every member calls every other one: PeerJS audio calls, set up through our server's RTC room. Good for rooms of up to about sixteen. */
export class PeerJsTransport implements IVoiceTransport {
    private readonly _server: string;
    private readonly _options: IPeerJsSessionOptions;

    /** @param options - how it works; throws `invalidArgument` */
    public constructor(options: IPeerJsTransportOptions) {
        this._server = serverAddress(options.server);
        this._options = {
            silentTrack: options.silentTrack,
            iceServers: options.iceServers,
            opus: resolveOpusSettings(options.opus),
            jitterTargetMs: checkJitterTarget(options.jitterTargetMs ?? null),
            retryPolicy: options.retryPolicy ?? new DefaultRetryPolicy(),
        };
    }

    /** {@inheritDoc IVoiceTransport.prepareAsync} */
    public async prepareAsync(): Promise<void> {
        await Promise.allSettled([import("./peerJsSession.js"), import("peerjs"), preloadRoomsAsync()]);
    }

    /** {@inheritDoc IVoiceTransport.joinAsync} */
    public async joinAsync(grant: IVoiceGrant, signal: AbortSignal, options: IVoiceJoinOptions = {}): Promise<IVoiceSession> {
        const server = grant.url === undefined ? this._server : serverAddress(grant.url);
        const { PeerJsSession } = await import("./peerJsSession.js");
        // Ahead of the first call: on a link that stands it is too late. Loaded by those who want it.
        const rtpData = options.ridesData === true ? await (await import("./frames/rtpData.js")).RtpData.CreateAsync() : null;
        try {
            return await PeerJsSession.JoinAsync(server, grant, this._options, signal, options, rtpData);
        } catch (error) {
            rtpData?.dispose();
            throw error;
        }
    }
}

async function preloadRoomsAsync(): Promise<void> {
    const { preloadServerRoomsAsync } = await import("../../interop/serverRoom.js");
    await preloadServerRoomsAsync();
}

function checkJitterTarget(jitterTargetMs: number | null): number | null {
    if (jitterTargetMs !== null && !(jitterTargetMs >= 0 && jitterTargetMs <= 4_000)) {
        throw new RtcError("invalidArgument", `Sound waits 0 to 4,000 ms, not ${jitterTargetMs}.`);
    }
    return jitterTargetMs;
}
