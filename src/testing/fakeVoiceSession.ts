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
    /** True if the user may be heard. */
    readonly publish: boolean;
    /** True if the user may hear. */
    readonly subscribe: boolean;
    /** End of the grant, in milliseconds since the epoch; null = none. */
    readonly expiresAt: number | null;
}

/** The part of a fake server that sessions use. */
export interface IFakeGatekeeper {
    /** True if remote voices have a track. */
    readonly hasTracks: boolean;
    /** The RTC room of a room's id. */
    room(id: string): FakeRtcRoom;
    /** The claims of a token; throws as a server refuses it. */
    verify(token: string): IFakeClaims;
}

/** An RTC room in memory: who is in it, who is muted, who has blocked whom. */
export class FakeRtcRoom {
    /** Sessions by member id, in the order of joining. */
    public readonly sessions = new Map<string, FakeVoiceSession>();
    private readonly _muted = new Map<string, MutedState>();
    private readonly _blocks = new Set<string>();

    /**
     * Takes somebody in; the same user's earlier session is put out. Sessions do it themselves.
     * @param session - who enters
     */
    public enter(session: FakeVoiceSession): void {
        this.sessions.get(session.selfId)?.lose(new RtcError("duplicateIdentity", "You have entered from elsewhere."));
        this.sessions.set(session.selfId, session);
        this.tell();
    }

    /**
     * Lets somebody go, and tells the others. Sessions do it themselves.
     * @param session - who leaves
     * @param reason - what the others are told
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
     * @param id - a member's id
     * @returns whether the member is muted, and by whose will
     */
    public mutedOf(id: string): MutedState {
        return this._muted.get(id) ?? "no";
    }

    /**
     * Mutes a member, or ends that.
     * @param id - the member's id
     * @param muted - by whose will: a moderator's goes before the member's own
     */
    public mute(id: string, muted: MutedState): void {
        this._muted.set(id, muted);
        this.tell();
    }

    /**
     * @param one - a user's id
     * @param other - another's
     * @returns whether nothing passes between them, by either's wish
     */
    public areApart(one: string, other: string): boolean {
        return this._blocks.has(`${one} ${other}`) || this._blocks.has(`${other} ${one}`);
    }

    /**
     * Lets nothing pass between two users, or lets it again.
     * @param by - who wishes it
     * @param whom - the other
     * @param blocked - which of the two
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

    /** Tells every session who is there. The methods above do it themselves. */
    public tell(): void {
        this.sessions.forEach((session) => session.hear());
    }
}

/** The sender of a remote track. */
export interface IFakeSender {
    /** The track that is published, whether or not its sound arrives; null = silence. */
    readonly published: () => MediaStreamTrack | null;
    /** The track whose sound arrives now; null = silence. */
    readonly flowing: () => MediaStreamTrack | null;
}

/** Track of a remote voice. It ends when a block stands between the two; after that there is a new one. */
export class FakeRemoteTrack extends FakeTrack {
    private readonly _sender: IFakeSender;

    /**
     * @param label - the track's label
     * @param sender - where it comes from
     */
    public constructor(label: string, sender: IFakeSender) {
        super(label);
        this._sender = sender;
    }

    /** The track that its sender publishes, whether or not its sound arrives here; null = silence. */
    public get published(): MediaStreamTrack | null {
        return this._sender.published();
    }

    /** The track whose sound arrives here now; null = silence. */
    public get flowing(): MediaStreamTrack | null {
        return this.readyState === "live" ? this._sender.flowing() : null;
    }
}

/** One stay in an RTC room of the fake server. It keeps what it is told, and does what a test says. */
export class FakeVoiceSession implements IVoiceSession {
    public readonly selfId: string;
    /** States, for what `lose` and `leaveAsync` do not say: `reconnecting`. */
    public readonly state = new BehaviorSubject<ConnectionState>("connected");
    public readonly remotes$ = new BehaviorSubject<ReadonlyMap<string, IRemoteVoice>>(new Map());
    public readonly error$ = new Subject<RtcError>();
    public readonly state$ = this.state.pipe(distinctUntilChanged());
    public readonly departures$ = new Subject<IVoiceDeparture>();
    public readonly notices$ = new Subject<VoiceNotice>();
    public readonly privileges$: BehaviorSubject<IVoicePrivileges>;
    /** Tracks of `publishAsync`, in order. */
    public readonly published: (MediaStreamTrack | null)[] = [];
    /** Values of `setMuted`, in order. */
    public readonly mutings: boolean[] = [];
    /** Values of `setState`, in order. */
    public readonly states: IOwnVoiceState[] = [];
    /** Values of `setInterest`, in order. */
    public readonly interests: ReadonlyMap<string, VoiceInterest>[] = [];
    /** Grants of `renewAsync`, in order. */
    public readonly renewals: IVoiceGrant[] = [];
    /** Error of all renewals while it is set. */
    public renewalFailure: RtcError | null = null;
    /** Actions of `moderateAsync`, in order. Nothing comes of them. */
    public readonly moderations: ModerationAction[] = [];
    /** Error of all blocks and moderations while it is set. */
    public refusal: RtcError | null = null;
    /** Number of calls of `leaveAsync`. */
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
     * Enters the room of the claims. A test may make sessions of other members by it.
     * @param server - the fake server
     * @param claims - of the grant
     * @param options - what else is said while joining
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

    /** True while it is inside. */
    public get present(): boolean {
        return !this._ended;
    }

    /** As `publishAsync` of the real one. */
    public async publishAsync(track: MediaStreamTrack | null): Promise<void> {
        this.published.push(track);
        this._track = track;
    }

    /** As `setMuted` of the real one. */
    public setMuted(muted: boolean): void {
        this.mutings.push(muted);
        if (!this._ended && this._room.mutedOf(this.selfId) !== "moderator") {
            this._room.mute(this.selfId, muted ? "self" : "no");
        }
    }

    /** As `setState` of the real one. */
    public setState(state: IOwnVoiceState): void {
        this.states.push(state);
        this._state = state;
        this._room.tell();
    }

    /** As `setInterest` of the real one. */
    public setInterest(interest: ReadonlyMap<string, VoiceInterest>): void {
        this.interests.push(interest);
        interest.forEach((wanted, id) => this._interest.set(id, wanted));
    }

    /** As `renewAsync` of the real one. */
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

    /** As `blockAsync` of the real one. */
    public async blockAsync(id: string, blocked: boolean): Promise<void> {
        if (this.refusal) {
            throw this.refusal;
        }
        this._room.block(this.selfId, id, blocked);
    }

    /** As `moderateAsync` of the real one. */
    public async moderateAsync(action: ModerationAction): Promise<void> {
        if (this.refusal) {
            throw this.refusal;
        }
        this.moderations.push(action);
    }

    /** As `leaveAsync` of the real one. */
    public async leaveAsync(): Promise<void> {
        this.leaves++;
        this._end("disconnected", "quit");
    }

    /**
     * Ends it as the server or the network does.
     * @param error - why; `removed` and `duplicateIdentity` tell the others that it was kicked or replaced. Default: `serverUnreachable`.
     */
    public lose(error: RtcError = new RtcError("serverUnreachable", "The server is gone.")): void {
        if (!this._ended) {
            this.error$.next(error);
            this._end("lost", error.code === "removed" ? "kicked" : error.code === "duplicateIdentity" ? "replaced" : "dropped");
        }
    }

    /** Takes over who is in the room. The room does it itself. */
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

    /** True if anything may pass from that session to this one, as the RTC room has it. */
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
