import { checkOptions } from "../errors/checkOptions.js";
import { onDemandAsync } from "../interop/onDemand.js";
import { serverAddress } from "../interop/serverAddress.js";
import type { IMediaPlanes } from "./mediaPlane.js";
import type { ISilentTrack } from "./mesh/mesh.js";
import { resolveOpusSettings } from "./opusSettings.js";
import type { IOpusSettings } from "./opusSettings.js";
import type { IRetryPolicy } from "./retryPolicy.js";
import type * as Sessions from "./voiceSession.js";
import type { IVoiceGrant, IVoiceJoinOptions, IVoiceSession, IVoiceTransport } from "./voiceTransport.js";

/** Voice transport through our server: its RTC room decides who may speak and hear, and a media plane carries the audio. */
export class ServerTransport implements IVoiceTransport {
    private readonly _server: string;
    private readonly _planes: IMediaPlanes;

    /**
     * @param server - address of a babylon-rtc-server, for grants without a `url`. Throws `invalidArgument`.
     * @param planes - makes the media plane of each session
     */
    public constructor(server: string, planes: IMediaPlanes) {
        this._server = serverAddress(server);
        this._planes = planes;
    }

    /** {@inheritDoc IVoiceTransport.prepareAsync} */
    public async prepareAsync(): Promise<void> {
        await Promise.allSettled([
            loadSessionAsync().then(({ preloadServerRoomsAsync }) => preloadServerRoomsAsync()),
            this._planes.prepareAsync(),
        ]);
    }

    /** {@inheritDoc IVoiceTransport.joinAsync} */
    public async joinAsync(grant: IVoiceGrant, signal: AbortSignal, options: IVoiceJoinOptions = {}): Promise<IVoiceSession> {
        const server = grant.url === undefined ? this._server : serverAddress(grant.url);
        const { VoiceSession } = await loadSessionAsync();
        return VoiceSession.JoinAsync(server, grant, this._planes, signal, options);
    }
}

/** Options of `PeerJsTransport`. */
export interface IPeerJsTransportOptions {
    /** Address of a babylon-rtc-server, for grants without a `url`. */
    readonly server: string;
    /** Makes the silent track that links send while nothing is published. Called once per session; the session disposes the track. */
    readonly silentTrack: () => ISilentTrack;
    /** STUN and TURN servers. Default: the servers of the grant; none if the grant has none. The default servers of PeerJS are never used. */
    readonly iceServers?: RTCIceServer[] | undefined;
    /**
     * True = links use only TURN servers, so that other members do not learn our network address. Without a TURN server among the ICE servers, joining
     * rejects with `invalidArgument`. Default: false.
     */
    readonly relayOnly?: boolean | undefined;
    /** Opus settings. Default: mono, 32 kbit/s, 20 ms. */
    readonly opus?: Partial<IOpusSettings> | undefined;
    /** Minimum delay of the jitter buffer, 0 to 4,000 ms; more delay lets later packets be played. Default: null = the browser decides. */
    readonly jitterTargetMs?: number | null | undefined;
    /** Retry policy of links and of signalling. Default: `DefaultRetryPolicy` for links; `EnduringRetryPolicy` for signalling. */
    readonly retryPolicy?: IRetryPolicy | undefined;
}

/** Mesh transport: each pair of members has one PeerJS audio call, set up through our server's RTC room. For rooms of up to about sixteen members. */
export class PeerJsTransport extends ServerTransport implements IVoiceTransport {
    /** @param options - options of the mesh; throws `invalidArgument` */
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
        createAsync: async (dataInRtp) => (await loadMeshAsync()).Mesh.CreateAsync(settings, dataInRtp),
    };
}

/** Loads the code for calls. Only this file imports the module on demand: webpack writes a chunk per importing file, and a page would load each. */
const loadMeshAsync = () => onDemandAsync(() => import("./mesh/mesh.js"));

/** Loads the code for sessions. */
export const loadSessionAsync = (): Promise<typeof Sessions> => onDemandAsync(() => import("./voiceSession.js"));

/** Loads the code for calls, and prepares the browser's WebRTC stack. */
export async function prepareCallsAsync(): Promise<void> {
    await (await loadMeshAsync()).prepareCallsAsync();
}
