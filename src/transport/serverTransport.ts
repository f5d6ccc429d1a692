import { checkOptions } from "../errors/checkOptions.js";
import { serverAddress } from "../interop/serverAddress.js";
import type { IMediaPlanes } from "./mediaPlane.js";
import type { ISilentTrack } from "./mesh/mesh.js";
import { resolveOpusSettings } from "./opusSettings.js";
import type { IOpusSettings } from "./opusSettings.js";
import type { IRetryPolicy } from "./retryPolicy.js";
import type { IVoiceGrant, IVoiceJoinOptions, IVoiceSession, IVoiceTransport } from "./voiceTransport.js";

/** Voices through our server: its RTC room decides, and a media plane carries the audio. */
export class ServerTransport implements IVoiceTransport {
    private readonly _server: string;
    private readonly _planes: IMediaPlanes;

    /**
     * @param server - address of a babylon-rtc-server, for grants without an `url`. Throws `invalidArgument`.
     * @param planes - makes the media plane of each session
     */
    public constructor(server: string, planes: IMediaPlanes) {
        this._server = serverAddress(server);
        this._planes = planes;
    }

    /** {@inheritDoc IVoiceTransport.prepareAsync} */
    public async prepareAsync(): Promise<void> {
        await Promise.allSettled([
            import("./voiceSession.js").then(({ preloadServerRoomsAsync }) => preloadServerRoomsAsync()),
            this._planes.prepareAsync(),
        ]);
    }

    /** {@inheritDoc IVoiceTransport.joinAsync} */
    public async joinAsync(grant: IVoiceGrant, signal: AbortSignal, options: IVoiceJoinOptions = {}): Promise<IVoiceSession> {
        const server = grant.url === undefined ? this._server : serverAddress(grant.url);
        const { VoiceSession } = await import("./voiceSession.js");
        return VoiceSession.JoinAsync(server, grant, this._planes, signal, options);
    }
}

/** Options of the mesh. */
export interface IPeerJsTransportOptions {
    /** Address of a babylon-rtc-server, for grants without an `url`. */
    readonly server: string;
    /** Makes what a link carries while there is no microphone; the session disposes it. */
    readonly silentTrack: () => ISilentTrack;
    /** STUN and TURN servers. Default: the grant's; if it names none, none. PeerJS' own are never used. */
    readonly iceServers?: RTCIceServer[] | undefined;
    /**
     * True = links go through a TURN server alone, so that members do not learn our network address. Without a TURN server among the ICE servers,
     * joining rejects with `invalidArgument`. Default: false.
     */
    readonly relayOnly?: boolean | undefined;
    /** Opus settings. Default: mono, 32 kbit/s, 20 ms. */
    readonly opus?: Partial<IOpusSettings> | undefined;
    /** Minimum delay of the receive buffer, 0 to 4,000 ms, so that late packets still come in time; null = the browser's choice. Default: null. */
    readonly jitterTargetMs?: number | null | undefined;
    /** Retries of a link that has failed, and of signalling. Default: `DefaultRetryPolicy` for links; signalling, without which voices go on, is tried without end. */
    readonly retryPolicy?: IRetryPolicy | undefined;
}

/** Every member calls every other one: PeerJS audio calls, set up through our server's RTC room. Good for rooms of up to about sixteen. */
export class PeerJsTransport extends ServerTransport implements IVoiceTransport {
    /** @param options - how it works; throws `invalidArgument` */
    public constructor(options: IPeerJsTransportOptions) {
        checkOptions(
            { ...options, jitterTargetMs: options.jitterTargetMs ?? undefined },
            "silentTrack! relayOnly=boolean opus=object jitterTargetMs=0..4000 retryPolicy.nextRetryDelayInMs",
        );
        super(options.server, meshes(options));
    }
}

function meshes(options: IPeerJsTransportOptions): IMediaPlanes {
    const { opus, jitterTargetMs } = options;
    const settings = {
        ...options,
        opus: resolveOpusSettings(opus),
        jitterTargetMs: jitterTargetMs ?? null,
    };
    return {
        prepareAsync: prepareCallsAsync,
        createAsync: async (ridesData) => (await loadMeshAsync()).Mesh.CreateAsync(settings, ridesData),
    };
}

/** Loads what calls are made with. The only import of it: bundlers write a file for each place that asks. */
const loadMeshAsync = () => import("./mesh/mesh.js");

/** Loads what calls are made with, and makes the browser ready for them. */
export async function prepareCallsAsync(): Promise<void> {
    await (await loadMeshAsync()).prepareCallsAsync();
}
