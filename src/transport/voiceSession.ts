import {
    BehaviorSubject,
    Subject,
    Subscription,
    combineLatest,
    distinctUntilChanged,
    filter,
    interval,
    map,
    merge,
    pairwise,
    tap,
    timer,
} from "rxjs";
import type { Observable } from "rxjs";
import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { awaitedMs } from "../interop/awaitedMembers.js";
import { serverAddress } from "../interop/serverAddress.js";
import { heldVoiceOf } from "../interop/voiceEntry.js";
import { ControlSession } from "./control/controlSession.js";
import type { IControlState } from "./control/controlSession.js";
import { mayBeHeard, planePeers } from "./control/peerVerdicts.js";
import type { ILinkFacts } from "./linkFacts.js";
import type { IMediaPlane, IMediaPlanes, IPlaneOpening } from "./mediaPlane.js";
import type { IVoiceMessages, IVoiceRtpData } from "./voiceMessages.js";
import type {
    ConnectionState,
    IOwnVoiceState,
    IRemoteVoice,
    IVoiceDeparture,
    IVoiceGrant,
    IVoiceJoinOptions,
    IVoicePrivileges,
    IVoiceSession,
    ModerationAction,
    MutedState,
    VoiceInterest,
    VoiceLink,
    VoiceNotice,
} from "./voiceTransport.js";

export { preloadServerRoomsAsync } from "../interop/serverRoom.js";

/** Public members of a control session. */
export type IControlSession = Pick<ControlSession, keyof ControlSession>;

const nobody: ReadonlySet<string> = new Set();

/** Tracks and link states of the peers, as reported by a media plane, by member id. */
interface IWays {
    readonly tracks: ReadonlyMap<string, MediaStreamTrack>;
    readonly links: ReadonlyMap<string, VoiceLink>;
}

/** Poll interval for detecting that all voices have stopped, in milliseconds. */
const lookEveryMs = 500;

/** Combines a control session with a media plane: derives a verdict per peer from the rules of the RTC room, and remote voices from tracks. */
export class VoiceSession implements IVoiceSession {
    public readonly selfId: string;
    public readonly state$: Observable<ConnectionState>;
    public readonly remotes$: Observable<ReadonlyMap<string, IRemoteVoice>>;
    public readonly muted$: Observable<MutedState>;
    public readonly error$: Observable<RtcError>;
    public readonly displaced$?: Observable<RtcError>;
    public readonly privileges$: Observable<IVoicePrivileges>;
    public readonly departures$: Observable<IVoiceDeparture>;
    public readonly notices$: Observable<VoiceNotice>;
    public readonly messages: IVoiceMessages;
    public readonly rtpData?: IVoiceRtpData;

    private readonly _control: IControlSession;
    private readonly _plane: IMediaPlane;
    private readonly _state = new BehaviorSubject<ConnectionState>("connecting");
    private readonly _remotes = new BehaviorSubject<ReadonlyMap<string, IRemoteVoice>>(new Map());
    private readonly _errors = new Subject<RtcError>();
    /** Server and ICE servers of the current grant, and the peer id that the plane is open with. Peer lists for another peer id wait for `reopen`. */
    private _at: Pick<IPlaneOpening, "server" | "iceServers" | "peerId">;
    /** Timeout for entering the RTC room again after `displaced$`. */
    private _displacement = Subscription.EMPTY;
    private readonly _sources = new Subscription();
    /** Aborts when the session ends. */
    private readonly _end = new AbortController();
    private _track: MediaStreamTrack | null = null;
    /** Track that the plane publishes; null = silence, undefined = unknown after a failure. */
    private _sent: MediaStreamTrack | null | undefined = null;
    private _publishing = true;
    private _isChanging = false;
    /** Inputs of the last emitted remote voices. */
    private _told: (Pick<IControlState, "peers" | "blocked"> & IWays) | null = null;
    private _lostBy: RtcError | null = null;
    private _ways: IWays = { tracks: new Map(), links: new Map() };

    /**
     * @param control - members of the RTC room and their privileges; the session leaves it
     * @param plane - carries the audio; the session closes it, the caller opens it
     */
    public constructor(control: IControlSession, plane: IMediaPlane) {
        this._control = control;
        this._plane = plane;
        this.selfId = control.self.id;
        this._at = { server: "", iceServers: [], peerId: control.self.peerId };
        this.state$ = this._state.pipe(distinctUntilChanged());
        this.remotes$ = this._remotes.asObservable();
        this.error$ = this._errors.asObservable();
        this.departures$ = control.departures$;
        this.notices$ = control.notices$;
        this.messages = control.messages;
        const self$ = control.state$.pipe(map(({ peers }) => peers.get(this.selfId)));
        this.muted$ = self$.pipe(
            map((self) => self?.muted ?? "no"),
            distinctUntilChanged(),
        );
        this.privileges$ = self$.pipe(
            map((self) => ({ publish: self?.mayPublish ?? true, subscribe: self?.maySubscribe ?? true })),
            distinctUntilChanged((a, b) => a.publish === b.publish && a.subscribe === b.subscribe),
        );
        if (plane.reopen) {
            this.displaced$ = control.displaced$.pipe(tap((error) => this._awaitReentry(error)));
        }
        const { rtpData } = plane;
        if (rtpData) {
            this.rtpData = {
                send: (data, times) => (this._isHeard ? rtpData.send(data, times) : nobody),
                received$: rtpData.received$,
                reaches: (id) => this._isHeard && rtpData.reaches(id),
            };
        }
        this._sources.add(merge(control.refusals$, plane.error$).subscribe((error) => this._errors.next(error)));
        this._sources.add(plane.links$?.subscribe((links) => this._onWays({ links })));
        this._sources.add(plane.tracks$.subscribe((tracks) => this._onWays({ tracks })));
        this._sources.add(control.state$.subscribe(() => this._onRoom()));
        let awayAt: number | null = null;
        this._sources.add(
            control.away$.subscribe((away) => {
                if (!away && awayAt !== null) {
                    // Both sockets use the same network, and the signalling socket may not have noticed that its connection is lost.
                    plane.renewSignalling?.(awayAt);
                }
                awayAt = away ? performance.now() : null;
            }),
        );
        this._sources.add(control.lost$.subscribe((error) => this._lose(error)));
        this._sources.add(
            combineLatest([plane.state$, control.away$]).subscribe({
                next: ([state, away]) => this._state.next(away && state === "connected" ? "reconnecting" : state),
                error: (error: unknown) => this._lose(RtcError.From(error, "unknown", "The media plane was lost.")),
            }),
        );
    }

    /**
     * Enters the RTC room of a grant; see `IVoiceTransport.joinAsync`.
     * @param server - the server's address
     * @param grant - the right to enter
     * @param planes - makes the media plane
     * @param signal - cancels
     * @param options - sent to the RTC room with the join
     * @returns the session, which the caller leaves
     */
    public static async JoinAsync(
        server: string,
        grant: IVoiceGrant,
        planes: IMediaPlanes,
        signal: AbortSignal,
        { blocks = [], dataInRtp = false }: IVoiceJoinOptions,
    ): Promise<VoiceSession> {
        const held = heldVoiceOf(grant);
        let plane: IMediaPlane | null = null;
        let control: ControlSession | null = null;
        try {
            const made = await planes.createAsync(dataInRtp);
            plane = made;
            const end = new AbortController();
            const { iceServers = [] } = grant;
            const open = { server, iceServers, signal: AbortSignal.any([signal, end.signal]) };
            // If the server has already assigned our peer id, the signalling socket opens in parallel with the control session's socket.
            const opening = held && made.openAsync({ ...open, peerId: held.peerId, secret: held.secret, callees: held.callees });
            opening?.catch(() => undefined);
            control = await ControlSession.JoinAsync({
                server,
                token: grant.token,
                seat: held?.seat,
                blocks,
                dataInRtp: made.rtpData !== undefined,
                signal,
            });
            const { self, secret } = control;
            const session = new VoiceSession(control, made);
            session._at = { server, iceServers, peerId: self.peerId };
            session._sources.add(probeBy(hearing$(made), control));
            session._end.signal.addEventListener("abort", () => end.abort());
            await session._openedAsync(opening ?? made.openAsync({ ...open, peerId: self.peerId, secret }), open.signal);
            return session;
        } catch (error) {
            plane?.close();
            held?.seat.close();
            await control?.leaveAsync();
            throwIfAborted(signal);
            throw error;
        }
    }

    /** {@inheritDoc IVoiceSession.publishAsync} */
    public async publishAsync(track: MediaStreamTrack | null): Promise<void> {
        this._track = track;
        await this._sendAsync();
    }

    /** {@inheritDoc IVoiceSession.setMuted} */
    public setMuted(muted: boolean): void {
        this._control.setMuted(muted);
    }

    /** {@inheritDoc IVoiceSession.setState} */
    public setState(state: IOwnVoiceState): void {
        this._publishing = state.publishing;
        this._setPeers();
        this._control.setState(state);
    }

    /** {@inheritDoc IVoiceSession.setInterest} */
    public setInterest(interest: ReadonlyMap<string, VoiceInterest>): void {
        this._control.setInterest(interest);
        this._plane.setInterest(this._control.interest);
    }

    /** {@inheritDoc IVoiceSession.renewAsync} */
    public async renewAsync(grant: IVoiceGrant): Promise<void> {
        await this._control.renewAsync(grant.token);
        // A grant without ICE servers, such as an app's bare token, keeps the previous ones.
        if (grant.iceServers) {
            this._at = { ...this._at, iceServers: grant.iceServers };
            this._plane.renewIceServers?.(grant.iceServers);
        }
    }

    /** {@inheritDoc IVoiceSession.reenterAsync} */
    public async reenterAsync(grant: IVoiceGrant, signal: AbortSignal, { blocks = [] }: IVoiceJoinOptions = {}): Promise<void> {
        const { token, url, iceServers = this._at.iceServers } = grant;
        const at = { server: url === undefined ? this._at.server : serverAddress(url), iceServers };
        const seat = heldVoiceOf(grant)?.seat;
        const ends = AbortSignal.any([signal, this._end.signal]);
        try {
            const dataInRtp = this._plane.rtpData !== undefined;
            await this._control.reenterAsync({ server: at.server, token, seat, blocks, dataInRtp, signal: ends });
        } catch (error) {
            seat?.close();
            throwIfAborted(signal);
            throw error;
        }
        this._displacement.unsubscribe();
        const { self, secret } = this._control;
        this._plane.reopen?.({ ...at, peerId: self.peerId, secret });
        this._at = { ...at, peerId: self.peerId };
        this._onRoom();
    }

    /** {@inheritDoc IVoiceSession.blockAsync} */
    public async blockAsync(id: string, blocked: boolean): Promise<void> {
        await this._control.blockAsync(id, blocked);
    }

    /** {@inheritDoc IVoiceSession.moderateAsync} */
    public async moderateAsync(action: ModerationAction): Promise<void> {
        await this._control.moderateAsync(action);
    }

    /** {@inheritDoc IVoiceSession.statisticsAsync} */
    public async statisticsAsync(): Promise<ReadonlyMap<string, ILinkFacts>> {
        return this._plane.statisticsAsync();
    }

    /** {@inheritDoc IVoiceSession.leaveAsync} */
    public async leaveAsync(): Promise<void> {
        this._close("disconnected");
        await this._control.leaveAsync();
    }

    /** True if the RTC room lets the other members hear us. */
    private get _isHeard(): boolean {
        return mayBeHeard(this._control.state.peers.get(this.selfId));
    }

    /** Waits until the plane is open. On failure, closes the session and rejects. */
    private async _openedAsync(opening: Promise<void>, signal: AbortSignal): Promise<void> {
        try {
            await opening;
            throwIfAborted(signal);
        } catch (error) {
            this._close("disconnected");
            // The server's reason takes precedence over the error that it caused.
            throw this._lostBy ?? error;
        }
    }

    private _onRoom(): void {
        this._sendAsync().catch((error: unknown) =>
            // The session ends, because a voice that may not be heard must not be sent.
            this._lose(RtcError.From(error, "unknown", "Our own voice could not be switched, so the RTC room was left.")),
        );
        // Changes of tracks that follow from the member list are emitted together with the list.
        this._isChanging = true;
        try {
            this._setPeers();
        } finally {
            this._isChanging = false;
            this._tell();
        }
    }

    private _onWays(change: Partial<IWays>): void {
        this._ways = { ...this._ways, ...change };
        this._tell();
    }

    /** Publishes our track. While we may not be heard, publishes silence to all peers, because a modified receiver could play our track. */
    private async _sendAsync(): Promise<void> {
        const track = this._isHeard ? this._track : null;
        if (track !== this._sent) {
            this._sent = track;
            try {
                await this._plane.publishAsync(track);
            } catch (error) {
                this._sent = undefined;
                throw error;
            }
        }
    }

    private _setPeers(): void {
        if (this._control.self.peerId !== this._at.peerId) {
            return;
        }
        this._plane.setPeers(planePeers(this._control.state, this.selfId, this._publishing), this._control.self.order);
    }

    private _tell(): void {
        const { peers, blocked } = this._control.state;
        const { _told: told, _ways: ways } = this;
        // Some changes of the RTC room's state, such as interest in our voice, do not change the remote voices.
        const isNews = peers !== told?.peers || blocked !== told.blocked || ways.tracks !== told.tracks || ways.links !== told.links;
        if (isNews && !this._isChanging && !this._end.signal.aborted) {
            this._told = { peers, blocked, ...ways };
            this._remotes.next(remoteVoices(this._control.state, this.selfId, ways));
        }
    }

    private _awaitReentry(error: RtcError): void {
        this._displacement.unsubscribe();
        this._displacement = timer(awaitedMs).subscribe(() => this._lose(error));
    }

    private _lose(error: RtcError): void {
        if (!this._end.signal.aborted) {
            this._lostBy = error;
            this._errors.next(error);
            this._close("lost");
            void this._control.leaveAsync();
        }
    }

    private _close(state: "disconnected" | "lost"): void {
        if (this._end.signal.aborted) {
            return;
        }
        this._end.abort();
        this._sources.unsubscribe();
        this._displacement.unsubscribe();
        this._plane.close();
        this._state.next(state);
        this._state.complete();
        this._remotes.next(new Map());
        this._remotes.complete();
        this._errors.complete();
    }
}

/**
 * Probes the server when all voices stop, because the network may be lost. Extends the probe when a voice returns, because the network then works but
 * may lose packets.
 * @param hears$ - see `hearing$`
 * @param control - session in the RTC room
 * @returns the subscription, which the caller ends
 */
export function probeBy(hears$: Observable<boolean>, control: Pick<ControlSession, "probe" | "extendProbe">): Subscription {
    return hears$.subscribe((hears) => (hears ? control.extendProbe() : control.probe()));
}

/**
 * Emits false when all voices stop at the same time, and true when one returns. Voices stop because of silence, a lost network, or lost packets.
 * @param plane - carries the voices
 * @returns cold; polls twice a second
 */
export function hearing$(plane: Pick<IMediaPlane, "hearsAnybody">): Observable<boolean> {
    return interval(lookEveryMs).pipe(
        map(() => plane.hearsAnybody?.() ?? null),
        distinctUntilChanged(),
        pairwise(),
        filter((both): both is [boolean, boolean] => both.every((each) => each !== null)),
        map(([, now]) => now),
    );
}

/**
 * Combines the member list of an RTC room with the tracks and link states of a media plane. Pure.
 * @param state - of the RTC room
 * @param selfId - our own member id
 * @param ways - tracks and link states of the plane
 * @returns the remote voices by member id, in join order, without our own
 */
function remoteVoices({ peers, blocked }: IControlState, selfId: string, { tracks, links }: IWays): ReadonlyMap<string, IRemoteVoice> {
    const remotes = new Map<string, IRemoteVoice>();
    for (const [id, { name, muted, mayPublish, publishing, capturing, dataInRtp, reconnecting }] of peers) {
        if (id !== selfId) {
            const track = tracks.get(id) ?? null;
            const link = links.get(id);
            remotes.set(id, {
                id,
                name,
                muted,
                mayPublish,
                publishing,
                capturing,
                dataInRtp,
                blocked: blocked.has(id),
                track,
                ...(reconnecting && { reconnecting }),
                ...(link && { link }),
            });
        }
    }
    return remotes;
}
