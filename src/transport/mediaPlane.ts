import type { Observable } from "rxjs";
import type { RtcError } from "../errors/rtcError.js";
import type { ILinkFacts } from "./linkFacts.js";
import type { IVoiceRiding } from "./voiceMessages.js";
import type { VoiceInterest, VoiceLink } from "./voiceTransport.js";

/** One remote member as a media plane knows them, with the verdict of the RTC room: a plane knows neither mutes nor privileges nor blocks. */
export interface IPlanePeer {
    /** Address in signalling. A member who enters again has another one. */
    readonly peerId: string;
    /** Display name, for error messages. */
    readonly name: string;
    /** Position in the order of joining; greater = later. */
    readonly order: number;
    /** True while their signalling stands, so that they can be called. */
    readonly ready: boolean;
    /** True if their end can take data out of voice packets. */
    readonly ridesData: boolean;
    /** Send verdict: `on` = it flows; `warm` = no packets, ready to flow at once; `off` = no packets, they want none. */
    readonly send: VoiceInterest;
    /** Receive verdict: false = their track is not given out, whatever they send. */
    readonly receive: boolean;
}

/** Address and credentials for opening a media plane. */
export interface IPlaneOpening {
    /** Address of the server. */
    readonly server: string;
    /** Our own address in signalling, as the RTC room gave it. */
    readonly peerId: string;
    /** Proves to signalling that the address is ours. */
    readonly secret: string;
    /** STUN and TURN servers of the grant. */
    readonly iceServers: RTCIceServer[];
    /** Cancels; `openAsync` then rejects. */
    readonly signal: AbortSignal;
}

/** Address and credentials for the next life of the server. */
export type IPlaneReopening = Omit<IPlaneOpening, "signal">;

/** State of a plane's signalling, without which it makes no new links. Links that stand live on while it reconnects. */
export type PlaneState = "connecting" | "connected" | "reconnecting";

/** Carrier of one session's audio. It takes peers with a verdict each, and gives tracks. */
export interface IMediaPlane {
    /** Replays the present state. Errors with an `RtcError` when the plane is lost for good; completes with `close`. */
    readonly state$: Observable<PlaneState>;
    /** The tracks of the peers that may be heard, by member id; a track stays the same object while its link lives. Owned by the plane. Replays; completes with `close`. */
    readonly tracks$: Observable<ReadonlyMap<string, MediaStreamTrack>>;
    /** The way to each peer, by member id. Replays; completes with `close`. Without it, a way is there where a track is. */
    readonly links$?: Observable<ReadonlyMap<string, VoiceLink>>;
    /** Failures of single links. Hot; completes with `close`. */
    readonly error$: Observable<RtcError>;
    /** Data along with the voice, if it was asked for and this end can. */
    readonly riding?: IVoiceRiding;
    /**
     * Opens it. Called once, before or after the first `setPeers`.
     * @param opening - where
     * @returns a promise that rejects with an `RtcError` if it cannot be opened or is cancelled; the caller then closes the plane
     */
    openAsync(opening: IPlaneOpening): Promise<void>;
    /**
     * Links with these peers and drops all others.
     * @param peers - by member id, in the order of joining, without oneself
     * @param order - our own position in the order of joining
     */
    setPeers(peers: ReadonlyMap<string, IPlanePeer>, order: number): void;
    /**
     * Sends this track to every peer whose verdict is `on`.
     * @param track - the caller keeps it and stops it; null = silence
     * @returns a promise that rejects with an `RtcError` if some peer may still get what was published before
     */
    publishAsync(track: MediaStreamTrack | null): Promise<void>;
    /**
     * Sets how much of whose voice is wanted here; who is not named is `on`. The other end is asked by the RTC room; a plane that carries more
     * than one sender's good will enforces it.
     * @param interest - by member id, complete
     */
    setInterest(interest: ReadonlyMap<string, VoiceInterest>): void;
    /**
     * Looks whether voices still come.
     * @returns whether a packet of anybody has come since it was asked last; null where no link stands. Without it, nobody knows.
     */
    hearsAnybody?(): boolean | null;
    /**
     * Takes the STUN and TURN servers of a renewed grant, for links that are made from now on; those that stand go on.
     * @param iceServers - of the grant
     */
    renewIceServers?(iceServers: RTCIceServer[]): void;
    /**
     * Opens signalling anew: the network was away, or is another one, and its socket may not know.
     * @param before - when, by `performance.now()`; a socket that was opened later stays
     */
    renewSignalling?(before: number): void;
    /**
     * Opens signalling of another life of the server, after the RTC room was entered again. Links go on where both peer ids
     * stay the same. Where our own is another one, a link that stands goes on until its replacement does, for 28 s at most, or until `linkFailed`; where
     * only the other end's is, it ends. Without it, a plane ends with the life of its server.
     * @param opening - where; what fails is told by `state$`
     */
    reopen?(opening: IPlaneReopening): void;
    /** @returns what is known of each link, by member id. Never rejects. */
    statisticsAsync(): Promise<ReadonlyMap<string, ILinkFacts>>;
    /** Releases every link, socket, track of its own and timer. Harmless if called twice. */
    close(): void;
}

/** Makes media planes, one per session. */
export interface IMediaPlanes {
    /** Loads the code ahead of a join. Never rejects. */
    prepareAsync(): Promise<void>;
    /**
     * @param ridesData - whether data along with the voice is wanted
     * @returns a plane that is not open yet; the caller closes it
     */
    createAsync(ridesData: boolean): Promise<IMediaPlane>;
}
