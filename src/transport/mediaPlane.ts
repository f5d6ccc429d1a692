import type { Observable } from "rxjs";
import type { RtcError } from "../errors/rtcError.js";
import type { ILinkFacts } from "./linkFacts.js";
import type { IVoiceRtpData } from "./voiceMessages.js";
import type { VoiceInterest, VoiceLink } from "./voiceTransport.js";

/** One remote member as seen by a media plane, with the verdict of the RTC room. A plane does not know mutes, privileges or blocks. */
export interface IPlanePeer {
    /** Peer id in signalling. A member who joins again has another one, except after a restart of the server. */
    readonly peerId: string;
    /** Display name, for error messages. */
    readonly name: string;
    /** Position in the join order; greater = later. */
    readonly order: number;
    /** True while the member's signalling is connected, so that the member can be called. */
    readonly ready: boolean;
    /** True if the member's client can extract data from voice packets. */
    readonly dataInRtp: boolean;
    /** Send verdict: `on` = send audio; `warm` = send no packets, but be ready to start at once; `off` = the member wants no packets. */
    readonly send: VoiceInterest;
    /** Receive verdict: false = `tracks$` does not contain the member's track, even if the member sends audio. */
    readonly receive: boolean;
}

/** Address and credentials for opening a media plane. */
export interface IPlaneOpening {
    /** Address of the server. */
    readonly server: string;
    /** Our own peer id in signalling, assigned by the RTC room. */
    readonly peerId: string;
    /** Proves to signalling that the peer id is ours. */
    readonly secret: string;
    /** STUN and TURN servers of the grant. */
    readonly iceServers: RTCIceServer[];
    /** Peer ids of members whom we will probably call. The plane may prepare the calls, but sends them nothing before `setPeers`. Default: none. */
    readonly callees?: readonly string[];
    /** Cancels the opening; `openAsync` then rejects. */
    readonly signal: AbortSignal;
}

/** Address and credentials for opening signalling again after a restart of the server. */
export type IPlaneReopening = Omit<IPlaneOpening, "callees" | "signal">;

/** State of a plane's signalling, which is needed for new links. Existing links continue while signalling reconnects. */
export type PlaneState = "connecting" | "connected" | "reconnecting";

/** Carries the audio of one session: takes the list of peers, with a verdict for each, and provides their tracks. */
export interface IMediaPlane {
    /** State of signalling. Replays the current state. Errors with an `RtcError` when the plane is lost permanently; completes on `close`. */
    readonly state$: Observable<PlaneState>;
    /** Tracks of the peers that may be heard, by member id. The track of a link never changes. Owned by the plane. Replays; completes on `close`. */
    readonly tracks$: Observable<ReadonlyMap<string, MediaStreamTrack>>;
    /** Link state of each peer, by member id. Replays; completes on `close`. If absent, a peer counts as linked when it has a track. */
    readonly links$?: Observable<ReadonlyMap<string, VoiceLink>>;
    /** Failures of single links. Hot; completes on `close`. */
    readonly error$: Observable<RtcError>;
    /** Data sent along with the voice, if it was requested and is supported here. */
    readonly rtpData?: IVoiceRtpData;
    /**
     * Opens the plane. Called once, before or after the first `setPeers`.
     * @param opening - address and credentials
     * @returns a promise that rejects with an `RtcError` if opening fails or is cancelled; the caller then closes the plane
     */
    openAsync(opening: IPlaneOpening): Promise<void>;
    /**
     * Makes links to these peers, and closes the links to all others.
     * @param peers - by member id, in join order, without the local member
     * @param order - our own position in the join order
     */
    setPeers(peers: ReadonlyMap<string, IPlanePeer>, order: number): void;
    /**
     * Sends this track to every peer whose send verdict is `on`.
     * @param track - stays owned by the caller, who stops it; null = silence
     * @returns a promise that resolves when the peers no longer receive the previous track; rejects with an `RtcError` if a peer may still receive it
     */
    publishAsync(track: MediaStreamTrack | null): Promise<void>;
    /**
     * Sets our interest in the remote voices; a member who is not in the map counts as `on`. The RTC room passes the interest on to the sender. A plane
     * that does not depend on the sender's cooperation enforces it as well.
     * @param interest - by member id, complete
     */
    setInterest(interest: ReadonlyMap<string, VoiceInterest>): void;
    /**
     * Checks whether packets still arrive. Absent if the plane cannot tell.
     * @returns true if a packet of any peer has arrived since this method was last called; null if no link is connected
     */
    hearsAnybody?(): boolean | null;
    /**
     * Sets the STUN and TURN servers of a renewed grant for new links; existing links continue.
     * @param iceServers - of the grant
     */
    renewIceServers?(iceServers: RTCIceServer[]): void;
    /**
     * Reopens the signalling socket after the network was lost or has changed, because the socket may not have noticed.
     * @param before - time on the clock of `performance.now()`; a socket that was opened later is kept
     */
    renewSignalling?(before: number): void;
    /**
     * Opens signalling again after a restart of the server, once the RTC room was entered again. A link continues if both peer ids stay the same. If
     * our own peer id or the server's address has changed, a connected link continues until its replacement is connected, for 28 s at most, or until
     * `linkFailed`. If only the other end's peer id has changed, the link is closed. If the method is absent, the plane is lost when its server
     * restarts.
     * @param opening - address and credentials; a failure is reported by `state$`
     */
    reopen?(opening: IPlaneReopening): void;
    /** @returns the facts of each link, by member id. Never rejects. */
    statisticsAsync(): Promise<ReadonlyMap<string, ILinkFacts>>;
    /** Closes every link, socket and timer, and every track that the plane has made. Idempotent. */
    close(): void;
}

/** Factory of media planes, one per session. */
export interface IMediaPlanes {
    /** Loads the code in advance of a join. Never rejects. */
    prepareAsync(): Promise<void>;
    /**
     * @param dataInRtp - true = data may be sent in voice packets
     * @returns a plane that is not open yet; the caller closes it
     */
    createAsync(dataInRtp: boolean): Promise<IMediaPlane>;
}
