import { BehaviorSubject, Subject, distinctUntilChanged } from "rxjs";
import { RtcError } from "../../src/errors/rtcError.js";
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
    VoiceDepartureReason,
    VoiceInterest,
    VoiceNotice,
} from "../../src/transport/voiceTransport.js";
import { FakeTrack } from "./fakeMedia.js";

/** What a grant of the fake server says. */
export interface IFakeClaims {
    readonly room: string;
    readonly user: string;
    readonly name: string;
    readonly publish: boolean;
    readonly subscribe: boolean;
    /** Milliseconds since the epoch. */
    readonly expiresAt: number | null;
}

/** What a session needs of its server. */
export interface IFakeGatekeeper {
    room(id: string): FakeRtcRoom;
    /** Throws as a server would refuse. */
    verify(token: string): IFakeClaims;
}

/** An RTC room in memory: who is in it, in join order, and who is muted. */
export class FakeRtcRoom {
    /** By member id, in join order. */
    public readonly sessions = new Map<string, FakeVoiceSession>();
    private readonly _muted = new Map<string, MutedState>();
    private readonly _blocks = new Set<string>();

    /** Takes somebody in; the same user's earlier session is put out. */
    enter(session: FakeVoiceSession): void {
        this.sessions.get(session.selfId)?.lose(new RtcError("duplicateIdentity", "You have entered from elsewhere."));
        this.sessions.set(session.selfId, session);
        this.tell();
    }

    leave(session: FakeVoiceSession, reason: VoiceDepartureReason): void {
        const { selfId: id } = session;
        if (this.sessions.get(id) === session) {
            this.sessions.delete(id);
            this.sessions.forEach((other) => other.departures$.next({ id, reason }));
            this._muted.delete(session.selfId);
            this.tell();
        }
    }

    mutedOf(id: string): MutedState {
        return this._muted.get(id) ?? "no";
    }

    /** Mutes somebody by their own will, or a moderator's, which goes before it. */
    mute(id: string, muted: MutedState): void {
        this._muted.set(id, muted);
        this.tell();
    }

    /** Whether nothing passes between two users, by either's wish. */
    areApart(one: string, other: string): boolean {
        return this._blocks.has(`${one} ${other}`) || this._blocks.has(`${other} ${one}`);
    }

    block(by: string, whom: string, blocked: boolean): void {
        const pair = `${by} ${whom}`;
        if (blocked) {
            this._blocks.add(pair);
        } else {
            this._blocks.delete(pair);
        }
        this.tell();
    }

    /** Everybody hears who is there. */
    tell(): void {
        this.sessions.forEach((session) => session.hear());
    }
}

/** What a remote track knows of its sender. */
export interface IFakeSender {
    /** The track that is published, whether or not its sound arrives; null = silence. */
    readonly published: () => MediaStreamTrack | null;
    /** The track whose sound arrives now; null = silence. */
    readonly flowing: () => MediaStreamTrack | null;
}

/** What arrives from another session. It ends when a block stands between the two; after that there is a new one. */
export class FakeRemoteTrack extends FakeTrack {
    private readonly _sender: IFakeSender;

    constructor(label: string, sender: IFakeSender) {
        super(label);
        this._sender = sender;
    }

    /** The track that its sender publishes, whether or not its sound arrives here; null = silence. */
    get published(): MediaStreamTrack | null {
        return this._sender.published();
    }

    /** The track whose sound arrives here now; null = silence. */
    get flowing(): MediaStreamTrack | null {
        return this.readyState === "live" ? this._sender.flowing() : null;
    }
}

/** One stay in a room of the fake server. */
export class FakeVoiceSession implements IVoiceSession {
    public readonly selfId: string;
    public readonly state = new BehaviorSubject<ConnectionState>("connected");
    public readonly remotes$ = new BehaviorSubject<ReadonlyMap<string, IRemoteVoice>>(new Map());
    public readonly error$ = new Subject<RtcError>();
    public readonly state$ = this.state.pipe(distinctUntilChanged());
    /** What was published, in order. */
    public readonly published: (MediaStreamTrack | null)[] = [];
    /** What was said of our own muting, in order. */
    public readonly mutings: boolean[] = [];
    /** What was said of our publishing and capturing, in order. */
    public readonly states: IOwnVoiceState[] = [];
    /** What was asked for, in order. */
    public readonly interests: ReadonlyMap<string, VoiceInterest>[] = [];
    public readonly renewals: IVoiceGrant[] = [];
    /** Why the next renewals fail, while it is set. */
    public renewalFailure: RtcError | null = null;
    /** How often it was left. */
    public leaves = 0;

    /** Who leaves, and why. */
    public readonly departures$ = new Subject<IVoiceDeparture>();
    /** What the RTC room tells it alone. */
    public readonly notices$ = new Subject<VoiceNotice>();
    public readonly privileges$: BehaviorSubject<IVoicePrivileges>;
    /** What it was asked to do as a moderator, in order. */
    public readonly moderations: ModerationAction[] = [];
    /** Why the next blocks and moderations fail, while it is set. */
    public refusal: RtcError | null = null;

    private readonly _muted = new BehaviorSubject<MutedState>("no");
    public readonly muted$ = this._muted.pipe(distinctUntilChanged());
    private readonly _room: FakeRtcRoom;
    private readonly _server: IFakeGatekeeper;
    private readonly _claims: IFakeClaims;
    private readonly _tracks = new Map<FakeVoiceSession, FakeRemoteTrack>();
    private readonly _interest = new Map<string, VoiceInterest>();
    private _track: MediaStreamTrack | null = null;
    private _state: IOwnVoiceState = { publishing: true, capturing: true };
    private _ended = false;

    constructor(server: IFakeGatekeeper, claims: IFakeClaims, { blocks = [] }: IVoiceJoinOptions = {}) {
        this.selfId = claims.user;
        this._server = server;
        this._claims = claims;
        this.privileges$ = new BehaviorSubject({ publish: claims.publish, subscribe: claims.subscribe });
        this._room = server.room(claims.room);
        blocks.forEach((id) => this._room.block(this.selfId, id, true));
        this._room.enter(this);
    }

    /** Whether it is still inside. */
    get present(): boolean {
        return !this._ended;
    }

    async publishAsync(track: MediaStreamTrack | null): Promise<void> {
        this.published.push(track);
        this._track = track;
    }

    setMuted(muted: boolean): void {
        this.mutings.push(muted);
        if (!this._ended && this._room.mutedOf(this.selfId) !== "moderator") {
            this._room.mute(this.selfId, muted ? "self" : "no");
        }
    }

    setState(state: IOwnVoiceState): void {
        this.states.push(state);
        this._state = state;
        this._room.tell();
    }

    setInterest(interest: ReadonlyMap<string, VoiceInterest>): void {
        this.interests.push(interest);
        interest.forEach((wanted, id) => this._interest.set(id, wanted));
    }

    async renewAsync(grant: IVoiceGrant): Promise<void> {
        if (this.renewalFailure) {
            throw this.renewalFailure;
        }
        const { room, user } = this._server.verify(grant.token);
        if (room !== this._claims.room || user !== this.selfId) {
            throw new RtcError("tokenInvalid", "This token is for another room or user.");
        }
        this.renewals.push(grant);
    }

    async blockAsync(id: string, blocked: boolean): Promise<void> {
        if (this.refusal) {
            throw this.refusal;
        }
        this._room.block(this.selfId, id, blocked);
    }

    async moderateAsync(action: ModerationAction): Promise<void> {
        if (this.refusal) {
            throw this.refusal;
        }
        this.moderations.push(action);
    }

    async leaveAsync(): Promise<void> {
        this.leaves++;
        this._end("disconnected", "quit");
    }

    /** The server or the network puts an end to it. */
    lose(error: RtcError = new RtcError("serverUnreachable", "The server is gone.")): void {
        if (!this._ended) {
            this.error$.next(error);
            this._end("lost", error.code === "removed" ? "kicked" : error.code === "duplicateIdentity" ? "replaced" : "dropped");
        }
    }

    /** Called by the room: somebody came, went or changed. */
    hear(): void {
        if (this._ended) {
            return;
        }
        const remotes = new Map<string, IRemoteVoice>();
        for (const [id, session] of this._room.sessions) {
            if (session !== this) {
                const { name, publish } = session._claims;
                const muted = this._room.mutedOf(id);
                const blocked = this._room.areApart(this.selfId, id);
                if (blocked) {
                    this._hangUp(session);
                }
                const track = this._mayHear(session) ? this._trackFrom(session) : null;
                remotes.set(id, { id, name, track, muted, mayPublish: publish, ridesData: false, blocked, ...session._state });
            }
        }
        this._muted.next(this._room.mutedOf(this.selfId));
        this.remotes$.next(remotes);
    }

    private _trackFrom(session: FakeVoiceSession): FakeRemoteTrack {
        let track = this._tracks.get(session);
        if (!track) {
            track = new FakeRemoteTrack(`from ${session.selfId}`, {
                published: () => session._track,
                flowing: () => this._flowingFrom(session),
            });
            this._tracks.set(session, track);
        }
        return track;
    }

    private _hangUp(session: FakeVoiceSession): void {
        this._tracks.get(session)?.unplug();
        this._tracks.delete(session);
    }

    /** Whether anything may pass from that session to this one, as the RTC room has it. */
    private _mayHear({ selfId, _claims: { publish } }: FakeVoiceSession): boolean {
        const isMuted = this._room.mutedOf(selfId) === "moderator";
        return publish && this._claims.subscribe && !isMuted && !this._room.areApart(this.selfId, selfId);
    }

    private _flowingFrom(session: FakeVoiceSession): MediaStreamTrack | null {
        const wanted = (this._interest.get(session.selfId) ?? "on") === "on";
        const audible = session._state.publishing && session._track?.enabled === true && session._track.readyState === "live";
        return wanted && audible && this._mayHear(session) && this.present && session.present ? session._track : null;
    }

    private _end(state: "disconnected" | "lost", reason: VoiceDepartureReason): void {
        if (this._ended) {
            return;
        }
        this._ended = true;
        this._room.leave(this, reason);
        this.state.next(state);
        this.remotes$.next(new Map());
        for (const stream of [this.state, this.remotes$, this._muted, this.error$, this.departures$, this.notices$, this.privileges$]) {
            stream.complete();
        }
    }
}
