import { BehaviorSubject, Subject, distinctUntilChanged } from "rxjs";
import { RtcError } from "../index.js";
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
} from "../index.js";
import { FakeTrack } from "./fakeTrack.js";

/** Claims of a grant of the fake server. */
export interface IFakeClaims {
    /** The room's id. */
    readonly room: string;
    /** The user's id. */
    readonly user: string;
    /** The user's name. */
    readonly name: string;
    /** True if the user may publish audio. */
    readonly publish: boolean;
    /** True if the user may hear others. */
    readonly subscribe: boolean;
    /** Expiry of the grant, in milliseconds since the epoch; null = none. */
    readonly expiresAt: number | null;
}

/** Part of the fake server that its sessions use. */
export interface IFakeGatekeeper {
    /** True if remote voices have a track. */
    readonly hasTracks: boolean;
    /** Returns the RTC room for a room id. */
    room(id: string): FakeRtcRoom;
    /** Returns the claims of a token; throws if the server rejects the token. */
    verify(token: string): IFakeClaims;
}

/** In-memory RTC room: its sessions, mutes and blocks. */
export class FakeRtcRoom {
    /** Sessions by member id, in the order of joining. */
    public readonly sessions = new Map<string, FakeVoiceSession>();
    private readonly _muted = new Map<string, MutedState>();
    private readonly _blocks = new Set<string>();

    /**
     * Adds a session. An earlier session of the same user is lost with `duplicateIdentity`. Called by the session itself.
     * @param session - the session that joins
     */
    public enter(session: FakeVoiceSession): void {
        this.sessions.get(session.selfId)?.lose(new RtcError("duplicateIdentity", "You connected from another page."));
        this.sessions.set(session.selfId, session);
        this.tell();
    }

    /**
     * Removes a session, and notifies the others. Called by the session itself.
     * @param session - the session that leaves
     * @param reason - reason that the others receive
     */
    public leave(session: FakeVoiceSession, reason: VoiceDepartureReason): void {
        const { selfId: id } = session;
        if (this.sessions.get(id) === session) {
            this.sessions.delete(id);
            this.sessions.forEach((other) => other.departures$.next({ id, reason }));
            this._muted.delete(id);
            this.tell();
        }
    }

    /**
     * Returns the mute state of a member.
     * @param id - the member's id
     * @returns the mute state
     */
    public mutedOf(id: string): MutedState {
        return this._muted.get(id) ?? "no";
    }

    /**
     * Mutes or unmutes a member.
     * @param id - the member's id
     * @param muted - the new mute state. While it is `moderator`, the member's own `setMuted` has no effect.
     */
    public mute(id: string, muted: MutedState): void {
        this._muted.set(id, muted);
        this.tell();
    }

    /**
     * Checks for a block between two users.
     * @param one - id of a user
     * @param other - id of another user
     * @returns true if either user blocks the other
     */
    public areApart(one: string, other: string): boolean {
        return this._blocks.has(`${one} ${other}`) || this._blocks.has(`${other} ${one}`);
    }

    /**
     * Blocks or unblocks a user.
     * @param by - id of the user who blocks
     * @param whom - id of the user who is blocked
     * @param blocked - true = block, false = unblock
     */
    public block(by: string, whom: string, blocked: boolean): void {
        const pair = `${by} ${whom}`;
        if (blocked) {
            this._blocks.add(pair);
        } else {
            this._blocks.delete(pair);
        }
        this.tell();
    }

    /** Updates every session with the state of the room. The methods above call it. */
    public tell(): void {
        this.sessions.forEach((session) => session.hear());
    }
}

/** Content that the sender of a remote track sends. */
export interface IFakeSender {
    /** Returns the published track, even if its audio does not arrive; null = none. */
    readonly published: () => MediaStreamTrack | null;
    /** Returns the track whose audio arrives now; null = none. */
    readonly flowing: () => MediaStreamTrack | null;
}

/** Track of a remote voice. It ends when either user blocks the other. After the unblock there is a new track. */
export class FakeRemoteTrack extends FakeTrack {
    private readonly _sender: IFakeSender;

    /**
     * @param label - the track's label
     * @param sender - sender of the track
     */
    public constructor(label: string, sender: IFakeSender) {
        super(label);
        this._sender = sender;
    }

    /** The track that the sender publishes, even if its audio does not arrive here; null = none. */
    public get published(): MediaStreamTrack | null {
        return this._sender.published();
    }

    /** The track whose audio arrives here now; null = none. */
    public get flowing(): MediaStreamTrack | null {
        return this.readyState === "live" ? this._sender.flowing() : null;
    }
}

/** Session in an RTC room of the fake server. Records the calls of its methods, and can be controlled by a test. */
export class FakeVoiceSession implements IVoiceSession {
    public readonly selfId: string;
    /** Subject behind `state$`. A test uses it to set `reconnecting`; `lose` and `leaveAsync` set the final states. */
    public readonly state = new BehaviorSubject<ConnectionState>("connected");
    public readonly remotes$ = new BehaviorSubject<ReadonlyMap<string, IRemoteVoice>>(new Map());
    public readonly error$ = new Subject<RtcError>();
    public readonly state$ = this.state.pipe(distinctUntilChanged());
    public readonly departures$ = new Subject<IVoiceDeparture>();
    public readonly notices$ = new Subject<VoiceNotice>();
    public readonly privileges$: BehaviorSubject<IVoicePrivileges>;
    /** Tracks that `publishAsync` was called with, in order. */
    public readonly published: (MediaStreamTrack | null)[] = [];
    /** Values that `setMuted` was called with, in order. */
    public readonly mutings: boolean[] = [];
    /** Values that `setState` was called with, in order. */
    public readonly states: IOwnVoiceState[] = [];
    /** Values that `setInterest` was called with, in order. */
    public readonly interests: ReadonlyMap<string, VoiceInterest>[] = [];
    /** Grants that `renewAsync` has accepted, in order. */
    public readonly renewals: IVoiceGrant[] = [];
    /** While set, `renewAsync` rejects with this error. */
    public renewalFailure: RtcError | null = null;
    /** Actions that `moderateAsync` has accepted, in order. They have no effect. */
    public readonly moderations: ModerationAction[] = [];
    /** While set, `blockAsync` and `moderateAsync` reject with this error. */
    public refusal: RtcError | null = null;
    /** Number of times that `leaveAsync` was called. */
    public leaves = 0;

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

    /**
     * Joins the room of the claims. A test can also use this constructor to create sessions of other members.
     * @param server - the fake server
     * @param claims - claims of the grant
     * @param options - options of the join
     */
    public constructor(server: IFakeGatekeeper, claims: IFakeClaims, { blocks = [] }: IVoiceJoinOptions = {}) {
        this.selfId = claims.user;
        this._server = server;
        this._claims = claims;
        this.privileges$ = new BehaviorSubject({ publish: claims.publish, subscribe: claims.subscribe });
        this._room = server.room(claims.room);
        blocks.forEach((id) => this._room.block(this.selfId, id, true));
        this._room.enter(this);
    }

    /** True while the session is in the room. */
    public get present(): boolean {
        return !this._ended;
    }

    /** Publishes a track, like a real session. */
    public async publishAsync(track: MediaStreamTrack | null): Promise<void> {
        this.published.push(track);
        this._track = track;
    }

    /** Mutes or unmutes the local member, like a real session. */
    public setMuted(muted: boolean): void {
        this.mutings.push(muted);
        if (!this._ended && this._room.mutedOf(this.selfId) !== "moderator") {
            this._room.mute(this.selfId, muted ? "self" : "no");
        }
    }

    /** Sets the state that the others see, like a real session. */
    public setState(state: IOwnVoiceState): void {
        this.states.push(state);
        this._state = state;
        this._room.tell();
    }

    /** Sets the interest in remote voices, like a real session. */
    public setInterest(interest: ReadonlyMap<string, VoiceInterest>): void {
        this.interests.push(interest);
        interest.forEach((wanted, id) => this._interest.set(id, wanted));
    }

    /** Renews the grant, like a real session. */
    public async renewAsync(grant: IVoiceGrant): Promise<void> {
        if (this.renewalFailure) {
            throw this.renewalFailure;
        }
        const { room, user } = this._server.verify(grant.token);
        if (room !== this._claims.room || user !== this.selfId) {
            throw new RtcError("tokenInvalid", "This token is for another room or user.");
        }
        this.renewals.push(grant);
    }

    /** Blocks or unblocks a user, like a real session. */
    public async blockAsync(id: string, blocked: boolean): Promise<void> {
        if (this.refusal) {
            throw this.refusal;
        }
        this._room.block(this.selfId, id, blocked);
    }

    /** Records a moderation action, which has no effect. */
    public async moderateAsync(action: ModerationAction): Promise<void> {
        if (this.refusal) {
            throw this.refusal;
        }
        this.moderations.push(action);
    }

    /** Leaves the room, like a real session. */
    public async leaveAsync(): Promise<void> {
        this.leaves++;
        this._end("disconnected", "quit");
    }

    /**
     * Ends the session, as a failure of the server or the network would.
     * @param error - the reason. The others see `removed` as kicked, `duplicateIdentity` as replaced, all other errors as dropped.
     * Default: `serverUnreachable`.
     */
    public lose(error: RtcError = new RtcError("serverUnreachable", "The server stopped.")): void {
        if (!this._ended) {
            this.error$.next(error);
            this._end("lost", error.code === "removed" ? "kicked" : error.code === "duplicateIdentity" ? "replaced" : "dropped");
        }
    }

    /** Updates remote voices and mute state from the room. Called by the room. */
    public hear(): void {
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
                const track = this._server.hasTracks && this._mayHear(session) ? this._trackFrom(session) : null;
                remotes.set(id, { id, name, track, muted, mayPublish: publish, dataInRtp: false, blocked, ...session._state });
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

    /** True if the RTC room allows audio from that session to this one. */
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
