import type { Behavior } from "@babylonjs/core/Behaviors/behavior.js";
import type { Node } from "@babylonjs/core/node.js";
import {
    BehaviorSubject,
    Observable,
    Subject,
    Subscription,
    combineLatest,
    distinctUntilChanged,
    filter,
    firstValueFrom,
    ignoreElements,
    map,
    merge,
    of,
    share,
    shareReplay,
    switchMap,
    tap,
    timer,
} from "rxjs";
import { AudioHost } from "../audio/audioHost.js";
import type { AudioState } from "../audio/audioHost.js";
import { resolveAudioEngineAsync } from "../audio/resolveAudioEngine.js";
import type { IResolvedAudioEngine } from "../audio/resolveAudioEngine.js";
import { speaking } from "../audio/speaking.js";
import { Microphone } from "../capture/microphone.js";
import type { IRoomMember, RoomStatus } from "../room/room.js";
import { RtcError } from "../rtcError.js";
import { resolveSpatialVoiceOptions } from "../spatial/spatialVoiceOptions.js";
import type { IRemoteVoice, IVoiceSession, MutedState } from "../transport/voiceTransport.js";
import { Conversation } from "./conversation.js";
import type { IConversationState } from "./conversation.js";
import { RtcMessages } from "./messages.js";
import type { IRtcBehaviorOptions, ISelf, VoiceConnectionState } from "./rtcBehaviorOptions.js";
import { speakingSet } from "./speakingSet.js";
import { checkStatisticsInterval, voiceStatistics$ } from "./statistics.js";
import type { IVoiceStatistics } from "./statistics.js";
import type { IStay, IStayEnd } from "./stay.js";
import type { IVoice } from "./voice.js";
import { VoiceStage } from "./voiceStage.js";

/** Making a meter keeps the main thread busy for some 20 ms (Chromium 156); so long it waits for the first calls to be on their way. In milliseconds. */
const ownMeterDelayMs = 250;

const noVoices: ReadonlyMap<string, IVoice> = new Map();
const noRemotes: ReadonlyMap<string, IRemoteVoice> = new Map();

/**
 * Voice for whoever is in a room. Attached to the local player's node it follows the room's status: `inRoom` joins the RTC room, publishes
 * the microphone and lets everybody be heard from their avatar; any other status, detaching, or the end of node or scene leaves and
 * releases everything.
 */
export class RtcBehavior implements Behavior<Node> {
    /** By this name `node.getBehaviorByName` finds it. */
    public readonly name = "Rtc";
    /** The local member's microphone. */
    public readonly microphone: Microphone;
    /** Messages to the other members of the RTC room. */
    public readonly messages: RtcMessages;
    /** Whether sound comes out. Replays. */
    public readonly audio$: Observable<AudioState>;
    /** How the RTC room is connected. Replays. */
    public readonly connection$: Observable<VoiceConnectionState>;
    /** Everybody else's voice, by member id. Emits on membership and state, never at level rate. Replays. */
    public readonly voices$: Observable<ReadonlyMap<string, IVoice>>;
    /** The ids of those who speak, the local member included. Nothing is measured while nobody listens. Replays. */
    public readonly speaking$: Observable<ReadonlySet<string>>;
    /** The room's members, oneself included: the room source's list, or whom the RTC room names where the source keeps none. Replays. */
    public readonly members$: Observable<ReadonlyMap<string, IRoomMember>>;
    /** What the others get of us, and we of them. Replays. */
    public readonly self$: Observable<ISelf>;
    /**
     * How the RTC room and every link are doing, at once and then every 2 s (`statisticsIntervalMs`); nothing outside of RTC rooms. Cold and
     * shared: nothing is measured and no timer runs while nobody listens.
     */
    public readonly stats$: Observable<IVoiceStatistics>;
    /** What went wrong, the microphone and blocked audio included. Hot; see the states for what is wrong now. */
    public readonly error$: Observable<RtcError>;

    /** The local player's node; null while detached. */
    public attachedNode: Node | null = null;

    private readonly _options: IRtcBehaviorOptions;
    private readonly _host = new BehaviorSubject<AudioHost | null>(null);
    private readonly _stage = new BehaviorSubject<VoiceStage | null>(null);
    private readonly _session = new BehaviorSubject<IVoiceSession | null>(null);
    private readonly _connection = new BehaviorSubject<VoiceConnectionState>("disconnected");
    private readonly _muted = new BehaviorSubject(false);
    private readonly _deafened = new BehaviorSubject(false);
    private readonly _errors = new Subject<RtcError>();
    private readonly _stay = new BehaviorSubject<IStay | null>(null);
    private readonly _ends = new Subject<IStayEnd>();
    private readonly _status$: Observable<RoomStatus>;
    private readonly _silenced = new Set<string>();
    private readonly _volumes = new Map<string, number>();
    private readonly _avatars = new Map<string, Node>();
    /** Why there is no audio engine, in this life. */
    private readonly _failure = new BehaviorSubject<RtcError | null>(null);
    private readonly _conversation: Conversation;
    private _life: Subscription | null = null;

    /** @param options - where rooms, grants, transport and avatars come from. Throws `invalidArgument`. */
    public constructor(options: IRtcBehaviorOptions) {
        resolveSpatialVoiceOptions(options.spatial ?? {});
        this._options = options;
        this._status$ = options.rooms.status$.pipe(shareReplay({ bufferSize: 1, refCount: true }));
        this.microphone = new Microphone(options.microphone, this._host.pipe(filter((host) => host !== null)));
        this.messages = new RtcMessages(this._session);
        const state: IConversationState = {
            connection: this._connection,
            session: this._session,
            muted: this._muted,
            errors: this._errors,
            stay: this._stay,
            ends: this._ends,
        };
        this._conversation = new Conversation(options, state, this.microphone.track$);

        this.audio$ = this._host.pipe(
            switchMap((host) => host?.state$ ?? of<AudioState>("blocked")),
            distinctUntilChanged(),
        );
        this.connection$ = this._connection.pipe(distinctUntilChanged());
        this.voices$ = this._stage.pipe(
            switchMap((stage) => stage?.voices$ ?? of(noVoices)),
            distinctUntilChanged(),
        );
        this.error$ = this._errors.pipe(distinctUntilChanged());
        this.stats$ = voiceStatistics$(this._stay, checkStatisticsInterval(options.statisticsIntervalMs)).pipe(share());
        this.members$ = options.rooms.members$ ?? this._namedMembers$();
        const self$ = combineLatest([this._mutedState$(), this._deafened, this.microphone.track$, this._session]).pipe(
            map(([muted, deafened, track, session]): ISelf => ({
                muted,
                deafened,
                publishing: track !== null && session !== null && muted !== "moderator",
            })),
            distinctUntilChanged((a, b) => a.muted === b.muted && a.deafened === b.deafened && a.publishing === b.publishing),
        );
        this.self$ = self$.pipe(shareReplay({ bufferSize: 1, refCount: true }));
        this.speaking$ = this._speaking$().pipe(shareReplay({ bufferSize: 1, refCount: true }));
    }

    /** Whether nobody shall hear us: real silence is sent, and everybody sees that we are muted. Default: false. */
    public get muted(): boolean {
        return this._muted.value;
    }
    public set muted(muted: boolean) {
        this.microphone.enabled = !muted;
        this._muted.next(muted);
    }

    /** Whether we hear nobody. Default: false. */
    public get deafened(): boolean {
        return this._deafened.value;
    }
    public set deafened(deafened: boolean) {
        this._deafened.next(deafened);
        if (this._stage.value) {
            this._stage.value.deafened = deafened;
        }
    }

    /**
     * No longer hears that member, now and when they come again. The others hear them as before.
     * @param memberId - need not be present
     */
    public silence(memberId: string): void {
        this._silenced.add(memberId);
        this._stage.value?.refresh();
    }

    /**
     * Hears that member again.
     * @param memberId - need not be present
     */
    public unsilence(memberId: string): void {
        this._silenced.delete(memberId);
        this._stage.value?.refresh();
    }

    /**
     * @param memberId - of a remote member
     * @returns their voice; null if the RTC room does not name them
     */
    public voiceOf(memberId: string): IVoice | null {
        return this._stage.value?.voiceOf(memberId) ?? null;
    }

    /**
     * Says where a member's avatar is, for avatars that arrive after their voice. It goes before `avatarOf`.
     * @param memberId - of a remote member, present or not
     * @param node - the avatar; null = ask `avatarOf` again
     */
    public setAvatar(memberId: string, node: Node | null): void {
        if (this._stage.value) {
            this._stage.value.setAvatar(memberId, node);
        } else if (node) {
            this._avatars.set(memberId, node);
        } else {
            this._avatars.delete(memberId);
        }
    }

    /**
     * Resumes audio and asks for the microphone; call it from a click. Entering a room does the same by itself.
     * @returns a promise that resolves when both are decided, whatever the outcome (`audio$`, `microphone.state$`, `error$`);
     * rejects with `disposed` while the behavior is not attached
     */
    public async startAsync(): Promise<void> {
        const host = this._host.value;
        if (!host) {
            throw new RtcError(
                "disposed",
                "The RTC behavior is not attached to a node (or its audio engine is not ready yet), so it cannot start.",
            );
        }
        await Promise.all([this._resumeAsync(host), this.microphone.startAsync()]);
    }

    /**
     * @returns a promise that resolves when the behavior is attached and has its audio engine, or is detached before that; rejects with
     * `unsupported` if there is no engine that it could use
     */
    public async readyAsync(): Promise<void> {
        const known$ = combineLatest([this._host, this._failure]).pipe(
            filter(([host, failure]) => host !== null || failure !== null || this._life === null),
        );
        const [, failure] = await firstValueFrom(known$);
        if (failure) {
            throw failure;
        }
    }

    /** Called by Babylon before attaching; nothing to do. */
    public init(): void {
        // Everything begins with `attach`.
    }

    /**
     * Follows the room from now on. Called by `node.addBehavior`.
     * @param node - the local player's node
     */
    public attach(node: Node): void {
        // Off its node's list as well, or that node's end would take it along.
        this.attachedNode?.removeBehavior(this);
        this.detach();
        this.attachedNode = node;
        const life = new Subscription();
        this._life = life;
        this._failure.next(null);
        life.add(
            this.microphone.state$.subscribe((state) => {
                if (state.state === "failed") {
                    this._errors.next(state.error);
                }
            }),
        );
        const following = this._audioEngine$().pipe(
            switchMap(({ engine }) => {
                const host = AudioHost.For(engine);
                const stage = new VoiceStage({
                    scene: node.getScene(),
                    audioEngine: engine,
                    spatial: this._options.spatial ?? {},
                    avatarOf: this._options.avatarOf ?? (() => null),
                    avatars: this._avatars,
                    onError: (error) => this._errors.next(error),
                    silenced: this._silenced,
                    volumes: this._volumes,
                });
                stage.deafened = this._deafened.value;
                this._host.next(host);
                this._stage.next(stage);
                const asking$ = this._status$.pipe(tap(this._onStatus()), ignoreElements());
                return merge(asking$, this._conversation.follow$(this._status$, stage));
            }),
        );
        life.add(
            following.subscribe({
                error: (error: unknown) => {
                    const failure = RtcError.From(error, "unknown", "Voice could not be started.");
                    this._errors.next(failure);
                    this._failure.next(failure);
                },
            }),
        );
        life.add(() => {
            this._stage.value?.dispose();
            this._stage.next(null);
            this._host.next(null);
            this.microphone.stop();
        });
    }

    /** Leaves and releases everything. Called by `node.removeBehavior` and when the node or its scene is disposed. */
    public detach(): void {
        const life = this._life;
        this._life = null;
        this.attachedNode = null;
        life?.unsubscribe();
    }

    /**
     * Asks for sound and microphone while entering, inside the click that does it, and lets go of the microphone outside of rooms. Asks once
     * from there to there: whoever has just denied the microphone is not asked again.
     */
    private _onStatus(): (status: RoomStatus) => void {
        let asked = false;
        return ({ state }) => {
            if (state === "idle" || state === "notAvailable") {
                asked = false;
                this.microphone.stop();
            } else if (!asked) {
                asked = true;
                void this.startAsync();
                void this._options.transport.prepareAsync?.();
            }
        };
    }

    private async _resumeAsync(host: AudioHost): Promise<void> {
        await host.resumeAsync();
        if (host.state !== "running" && this._host.value === host) {
            this._errors.next(
                new RtcError(
                    "audioBlocked",
                    "The browser holds back all sound until somebody clicks. Call rtc.startAsync() from a click or key press.",
                ),
            );
        }
    }

    private _audioEngine$(): Observable<IResolvedAudioEngine> {
        return new Observable((subscriber) => {
            let resolved: IResolvedAudioEngine | null = null;
            resolveAudioEngineAsync(this._options.audioEngine).then(
                (audio) => {
                    resolved = audio;
                    if (subscriber.closed) {
                        audio.release();
                    } else {
                        subscriber.next(audio);
                    }
                },
                (error: unknown) => subscriber.error(error),
            );
            return () => resolved?.release();
        });
    }

    private _mutedState$(): Observable<MutedState> {
        const server$ = this._session.pipe(switchMap((session) => session?.muted$ ?? of<MutedState>("no")));
        return combineLatest([this._muted, server$]).pipe(
            map(([muted, server]): MutedState => (server === "moderator" ? "moderator" : muted ? "self" : "no")),
        );
    }

    private _namedMembers$(): Observable<ReadonlyMap<string, IRoomMember>> {
        const remotes$ = this._session.pipe(switchMap((session) => session?.remotes$ ?? of(noRemotes)));
        return combineLatest([this._status$, remotes$]).pipe(
            map(([status, remotes]) => {
                const members = new Map<string, IRoomMember>();
                if (status.state === "inRoom") {
                    members.set(status.self.id, status.self);
                    remotes.forEach(({ id, name }) => members.set(id, { id, name, attributes: {} }));
                }
                return members;
            }),
            shareReplay({ bufferSize: 1, refCount: true }),
        );
    }

    private _speaking$(): Observable<ReadonlySet<string>> {
        const own$ = timer(ownMeterDelayMs).pipe(
            switchMap(() => combineLatest([this.microphone.level$, this._mutedState$()])),
            map(([level, muted]) => (muted === "no" ? level : 0)),
            speaking(),
        );
        const actors$ = this._stage.pipe(switchMap((stage) => stage?.actors$ ?? of(new Map<string, never>())));
        return speakingSet(
            combineLatest([actors$, this._session]).pipe(
                map(([actors, session]) => {
                    const members = new Map([...actors].map(([id, voice]): [string, Observable<boolean>] => [id, voice.speaking$]));
                    return session ? members.set(session.selfId, own$) : members;
                }),
            ),
        );
    }
}
