import type { Behavior } from "@babylonjs/core/Behaviors/behavior.js";
import type { Node } from "@babylonjs/core/node.js";
import {
    BehaviorSubject,
    EMPTY,
    Subject,
    Subscription,
    combineLatest,
    defer,
    distinctUntilChanged,
    exhaustMap,
    filter,
    firstValueFrom,
    ignoreElements,
    map,
    merge,
    of,
    retry,
    share,
    shareReplay,
    switchMap,
    takeWhile,
    tap,
    timer,
} from "rxjs";
import type { Observable } from "rxjs";
import { hasIdLength } from "../../protocol/limits.js";
import { AudioHost } from "../audio/audioHost.js";
import type { AudioState } from "../audio/audioHost.js";
import { audioEngine$ } from "../audio/resolveAudioEngine.js";
import { VoiceBus } from "../audio/voiceBus.js";
import { Microphone } from "../capture/microphone.js";
import { onDemandAsync } from "../interop/onDemand.js";
import type { IRoomMember, RoomStatus } from "../room/room.js";
import { checkOptions } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";
import { resolveSpatialVoiceOptions } from "../spatial/spatialVoiceOptions.js";
import { loadPannerAsync } from "../spatial/voiceRenderer.js";
import type { IRemoteVoice, IVoiceSession } from "../transport/voiceTransport.js";
import { loadInRoomAsync } from "./connection/loadInRoom.js";
import type { RoomSessions } from "./connection/roomSessions.js";
import { VoiceConnection } from "./connection/voiceConnection.js";
import type { RtcRoomState } from "./connection/voiceConnection.js";
import { rtcEvents$ } from "./events/rtcEventStream.js";
import type { StayEvents } from "./events/stayEvents.js";
import type { RtcEvent } from "./events/rtcEvents.js";
import { joinMediaPrompt$ } from "./local/joinMediaPrompt.js";
import { LocalVoice } from "./local/localVoice.js";
import { Moderation } from "./moderation.js";
import { activeSpeakers$ } from "./remote/activeSpeakers.js";
import { levels$ } from "./remote/levels.js";
import type { ILevels, ILevelsOptions } from "./remote/levels.js";
import type { IVoice, MemberVoice } from "./remote/memberVoice.js";
import type { MemberVoices } from "./remote/memberVoices.js";
import { browserVoiceStorage } from "./remote/preferenceStorage.js";
import { VoicePreferences } from "./remote/voicePreferences.js";
import { checkBehaviorOptions, checkStatisticsInterval } from "./rtcBehaviorOptions.js";
import type { IRtcBehaviorOptions, ISelf, VoiceConnectionState } from "./rtcBehaviorOptions.js";
import { RtcMessages } from "./rtcMessages.js";
import { checkMembers, checkStatus, fromApp } from "./roomNews.js";
import type { IVoiceStatistics } from "./statistics/statistics.js";
import type { VoiceControls } from "./voiceControls.js";

const noVoices: ReadonlyMap<string, MemberVoice> = new Map();
const noRemotes: ReadonlyMap<string, IRemoteVoice> = new Map();

/**
 * Voice chat for the members of a room. Attached to the local player's node, the behavior follows the room's status: on `inRoom` it enters the RTC
 * room, publishes the microphone, and plays every member's voice at their avatar. On any other status, on detach, and when the node or scene is
 * disposed, it leaves the RTC room and releases everything.
 */
export class RtcBehavior implements VoiceControls, Behavior<Node> {
    /** Name for `node.getBehaviorByName`. */
    public readonly name = "Rtc";
    public readonly microphone: Microphone;
    public readonly moderation: Moderation;
    public readonly self$: Observable<ISelf>;
    public readonly volume$: Observable<number>;
    /** Messages to the other members of the RTC room. */
    public readonly messages: RtcMessages;
    /** State of the audio output. Replays. */
    public readonly audio$: Observable<AudioState>;
    /** State of the connection to the RTC room. Replays. */
    public readonly connection$: Observable<VoiceConnectionState>;
    /** Voices of the remote members, by member id. Emits when members or their states change, not on level changes. Replays. */
    public readonly voices$: Observable<ReadonlyMap<string, IVoice>>;
    /** Ids of the members who speak, including the local member. Nothing is measured without a subscriber. Replays. */
    public readonly speaking$: Observable<ReadonlySet<string>>;
    /** Members of the room, including the local member: the list of the room source, or without one, the members in the RTC room. Replays. */
    public readonly members$: Observable<ReadonlyMap<string, IRoomMember>>;
    /**
     * Statistics of the RTC room and of every link: once at the subscription, then every 2 s (`statisticsIntervalMs`). Emits nothing outside of RTC
     * rooms. Cold and shared: nothing is measured and no timer runs without a subscriber.
     */
    public readonly stats$: Observable<IVoiceStatistics>;
    /**
     * Events of the RTC room: members who enter, leave, publish, capture or are muted, with the reasons; grants, connection, warnings and errors. No
     * replay. Cold and shared: nothing is compared without a subscriber.
     */
    public readonly events$: Observable<RtcEvent>;
    /** Errors, also of the microphone and of blocked audio. Hot (a storage error replays). For present faults, see the state observables. */
    public readonly error$: Observable<RtcError>;

    /** The local player's node; null while detached. */
    public attachedNode: Node | null = null;

    private readonly _options: IRtcBehaviorOptions;
    private readonly _status$: Observable<RoomStatus>;
    private readonly _connection = new VoiceConnection();
    /** Local playback preferences: silenced and blocked members, subscriptions, volumes. */
    private readonly _preferences: VoicePreferences;
    /** Our own voice: mute, publishing, track. */
    private readonly _local: LocalVoice;
    /** Voices of the members; null before the first room since `attach`. */
    private readonly _memberVoices = new BehaviorSubject<MemberVoices | null>(null);
    /** `voices$` with the internal type, which has `speaking$`. */
    private readonly _voices$: Observable<ReadonlyMap<string, MemberVoice>>;
    /** Avatars from `setAvatar`, by member id. */
    private readonly _avatars = new Map<string, Node>();
    /** Host of the audio engine; null while there is none. */
    private readonly _host = new BehaviorSubject<AudioHost | null>(null);
    /** Errors from outside the RTC room. */
    private readonly _errors = new Subject<RtcError>();
    /** Error if voice could not be started since `attach`, for example without an audio engine; null = none. */
    private readonly _failure = new BehaviorSubject<RtcError | null>(null);
    /** Sessions in RTC rooms. Kept across attachments; null before the first room. */
    private _sessions: RoomSessions | null = null;
    /** Creates the events of a stay; null until it is loaded with the first room. */
    private _stayEvents$: StayEvents | null = null;
    private _life: Subscription | null = null;

    /** @param options - sources of rooms, grants, transport and avatars. Throws `invalidArgument`. */
    public constructor(options: IRtcBehaviorOptions) {
        checkBehaviorOptions(options);
        resolveSpatialVoiceOptions(options.spatial ?? {});
        const { storage = browserVoiceStorage, deviceStorage, autoSubscribe } = options;
        const { info$, session$, connection$, ends$, error$ } = this._connection;
        const tell = (error: RtcError): void => this._errors.next(error);
        const last = { bufferSize: 1, refCount: true } as const;
        const { members$: listed$ } = options.rooms;
        const members$ = listed$?.pipe(fromApp(checkMembers, tell), shareReplay(last));
        this._status$ = options.rooms.status$.pipe(fromApp(checkStatus, tell), shareReplay(last));
        this._options = { ...options, rooms: { status$: this._status$, ...(members$ && { members$ }) } };
        this.microphone = new Microphone(options.microphone, this._host.pipe(filter((host) => host !== null)), {
            storage: storage === null ? null : deviceStorage,
        });
        this._preferences = new VoicePreferences(storage, autoSubscribe ?? true);
        this._local = new LocalVoice(this.microphone, session$, this._preferences);
        this.moderation = new Moderation(this._connection);
        this.messages = new RtcMessages(session$);

        this.self$ = this._local.self$;
        this.volume$ = this._preferences.volume$;
        this.audio$ = this._host.pipe(
            switchMap((host) => host?.state$ ?? of<AudioState>("blocked")),
            distinctUntilChanged(),
        );
        this.connection$ = connection$;
        this._voices$ = this._memberVoices.pipe(
            switchMap((memberVoices) => memberVoices?.voices$ ?? of(noVoices)),
            distinctUntilChanged(),
        );
        this.voices$ = this._voices$;
        const engineErrors$ = merge(this._errors, this._preferences.error$, this.microphone.error$);
        this.error$ = merge(engineErrors$, error$).pipe(distinctUntilChanged());
        const statisticsMs = checkStatisticsInterval(options.statisticsIntervalMs);
        this.stats$ = defer(() => onDemandAsync(() => import("./statistics/statistics.js"))).pipe(
            retry({ delay: () => timer(statisticsMs) }),
            switchMap(({ voiceStatistics$ }) => voiceStatistics$(info$, statisticsMs)),
            share(),
        );
        this.members$ = members$ ?? sessionMembers$(this._status$, session$);
        this.events$ = rtcEvents$({
            info$,
            ends$,
            connection$,
            members$: this.members$,
            engineErrors$,
            roomErrors$: error$,
            stayEvents$: (...stay) => this._stayEvents$?.(...stay) ?? EMPTY,
        });
        this.speaking$ = activeSpeakers$(this.microphone.level$, this._local.muted$, this._voices$, session$).pipe(shareReplay(last));
    }

    // `VoiceControls` documents these members. `_local` holds the state of our own voice, `_preferences` the playback of the others.

    public get muted(): boolean {
        return this._local.muted;
    }
    public set muted(muted: boolean) {
        this._local.muted = muted;
    }

    public get published(): boolean {
        return this._local.published;
    }
    public set published(published: boolean) {
        this._local.published = published;
    }

    public get capturing(): boolean {
        return this.microphone.state.state === "live";
    }

    public async startCaptureAsync(): Promise<void> {
        await this.microphone.startAsync();
    }

    public stopCapture(): void {
        this.microphone.stop();
    }

    public get voiceEnabled(): boolean {
        return this._preferences.enabled;
    }
    public set voiceEnabled(enabled: boolean) {
        this._preferences.enabled = enabled;
    }

    public get deafened(): boolean {
        return this._preferences.deafened;
    }
    public set deafened(deafened: boolean) {
        this._preferences.deafened = deafened;
    }

    public get volume(): number {
        return this._preferences.volume;
    }
    public set volume(volume: number) {
        this._preferences.volume = volume;
    }

    public silence(memberId: string): void {
        this._preferences.setSilenced(memberId, true);
    }

    public unsilence(memberId: string): void {
        this._preferences.setSilenced(memberId, false);
    }

    public block(memberId: string): void {
        this._preferences.setBlocked(blockable(memberId, this._connection.session), true);
    }

    public unblock(memberId: string): void {
        this._preferences.setBlocked(blockable(memberId, this._connection.session), false);
    }

    public subscribe(memberId: string): void {
        this._preferences.setSubscribed(memberId, true);
    }

    public unsubscribe(memberId: string): void {
        this._preferences.setSubscribed(memberId, false);
    }

    public subscribeAll(): void {
        this._preferences.setAllSubscribed(true);
    }

    public unsubscribeAll(): void {
        this._preferences.setAllSubscribed(false);
    }

    /**
     * Finds the voice of a member.
     * @param memberId - id of a remote member
     * @returns the member's voice; null if the member is not in the RTC room
     */
    public voiceOf(memberId: string): IVoice | null {
        return this._memberVoices.value?.voiceOf(memberId) ?? null;
    }

    /**
     * Reports the levels of all members, including the local member.
     * @param options - interval of the reports. Throws `invalidArgument` for an interval between 0 and 100 ms.
     * @returns the reports. Cold: nothing is measured without a subscriber. Never errors, never completes.
     */
    public levels$(options: ILevelsOptions = {}): Observable<ILevels> {
        return levels$(this.microphone.level$, this._voices$, options);
    }

    /**
     * Sets a member's avatar, for avatars that are created after the voice arrived. Takes precedence over `avatarOf`. Throws `invalidArgument`.
     * @param memberId - id of a remote member, present or not
     * @param node - the avatar; null = use `avatarOf` again
     */
    public setAvatar(memberId: string, node: Node | null): void {
        checkOptions({ memberId, node }, "memberId!=string node.addBehavior", "");
        if (this._memberVoices.value) {
            this._memberVoices.value.setAvatar(memberId, node);
        } else if (node) {
            this._avatars.set(memberId, node);
        } else {
            this._avatars.delete(memberId);
        }
    }

    /**
     * Resumes audio and asks for the microphone (unless the RTC room does not permit publishing). Call it from a click. Entering a room does the same
     * automatically: audio at once, the microphone when the RTC room permits publishing. Replaces a closed audio engine by the one that was created
     * last, or by a new one if that one is closed, too, and then enters the RTC room again.
     * @returns a promise that resolves when both are done, whether they succeeded or not (see `audio$`, `microphone.state$`, `error$`); rejects with
     * `disposed` while the behavior is not attached, and like `readyAsync` without a usable engine
     */
    public async startAsync(): Promise<void> {
        const { attachedNode } = this;
        if (this._host.value?.closed && attachedNode) {
            this.attach(attachedNode);
        }
        if (attachedNode) {
            await this.readyAsync();
        }
        const host = this._host.value;
        if (!host) {
            throw new RtcError("disposed", "The RTC behavior has no node or no audio engine yet.");
        }
        await Promise.all([this._resumeAsync(host), this._local.isForbidden ? undefined : this.microphone.startAsync()]);
    }

    /**
     * Waits for the audio engine.
     * @returns a promise that resolves when the behavior is attached and has its audio engine, or when it is detached (also before the first
     * `attach`); rejects with `unsupported` if there is no usable engine, or with another error if voice could not be started
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

    /** Part of Babylon's `Behavior` interface. A no-op. */
    public init(): void {
        // `attach` starts everything.
    }

    /**
     * Starts to follow the room. If the behavior is attached to another node (in any scene), it moves without leaving the room. Called by
     * `node.addBehavior`.
     * @param node - the local player's node
     */
    public attach(node: Node): void {
        const { attachedNode: before, _host: host } = this;
        this.attachedNode = null;
        if (before !== node) {
            // Removes the behavior from the old node's list too. Otherwise the disposal of the old node would detach it from the new one.
            before?.removeBehavior(this);
        }
        this.attachedNode = node;
        // Moves only with an open audio engine. Without one, the code below starts again, and finds an engine.
        if (before && host.value?.closed === false && !this._failure.value) {
            this._memberVoices.value?.moveTo(node.getScene());
            return;
        }
        this._end();
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
        const following = audioEngine$(this._options.audioEngine).pipe(
            switchMap(({ engine }) => {
                const host = AudioHost.For(engine);
                this._host.next(host);
                const asking$ = joinMediaPrompt$(this._status$, this._local.mayPublish$, {
                    ask: () => this._ask(host),
                    capture: () => void this.microphone.startAsync(),
                    release: () => this.microphone.stop(),
                    isCapturing: () => this.capturing,
                });
                const ending$ = host.closed$.pipe(
                    tap(() => this._errors.next(engineDisposed())),
                    ignoreElements(),
                );
                return merge(asking$, ending$, this._talk$(host));
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
            this._memberVoices.value?.dispose();
            this._memberVoices.next(null);
            this._host.next(null);
            this.microphone.stop();
        });
    }

    /**
     * Leaves the RTC room and releases everything. Called by `node.removeBehavior` and when the node or its scene is disposed.
     * @param cause - error to emit on `error$` afterwards. Default: `disposed` if the node is disposed, otherwise none.
     */
    public detach(cause?: RtcError): void {
        const node = this.attachedNode;
        if (node) {
            this.attachedNode = null;
            this._end();
        }
        const error = cause ?? (node?.isDisposed() ? nodeDisposed() : null);
        if (error) {
            this._errors.next(error);
        }
    }

    private _end(): void {
        const life = this._life;
        this._life = null;
        life?.unsubscribe();
    }

    /** Follows the room status. Loads the room code at the first entry into a room, or at the next entry if loading fails. Unsubscribing leaves. */
    private _talk$(host: AudioHost): Observable<never> {
        const entering$ = this._status$.pipe(map(isEntering), distinctUntilChanged());
        const bus$ = entering$.pipe(switchMap((entering) => (entering ? VoiceBus.Held$(host) : EMPTY)));
        const news$ = entering$.pipe(
            filter((entering) => entering),
            exhaustMap(() =>
                // Loads the panner in parallel, so that no voice waits for it later.
                Promise.all([loadInRoomAsync(), loadPannerAsync()])
                    .then(([inRoom]) => inRoom)
                    .catch((error: unknown) => error as RtcError),
            ),
            takeWhile((loaded) => loaded instanceof RtcError, true),
            switchMap((loaded): Observable<RtcRoomState | RtcError> => {
                if (loaded instanceof RtcError) {
                    return of(loaded);
                }
                const scene = this.attachedNode?.getScene();
                if (!scene) {
                    return EMPTY;
                }
                const voices = new loaded.MemberVoices({
                    spatial: this._options.spatial,
                    avatarOf: this._options.avatarOf,
                    scene,
                    audioEngine: host.engine,
                    avatars: this._avatars,
                    onError: (error) => this._errors.next(error),
                    preferences: this._preferences,
                });
                this._memberVoices.next(voices);
                this._stayEvents$ = loaded.stayEvents$;
                this._sessions ??= new loaded.RoomSessions(this._options, this._local, this._preferences);
                return merge(loaded.browserWays$(entering$, host, voices.scene$), this._sessions.follow$(this._status$, voices));
            }),
        );
        return merge(bus$, this._connection.follow$(news$));
    }

    private _ask(host: AudioHost): void {
        void this._resumeAsync(host);
        // A failure is ignored: the join loads the code again.
        (async () => this._options.transport.prepareAsync?.())().catch(() => undefined);
    }

    private async _resumeAsync(host: AudioHost): Promise<void> {
        await host.resumeAsync();
        if (host.state !== "running" && this._host.value === host) {
            this._errors.next(host.closed ? engineDisposed() : audioBlocked());
        }
    }
}

/** True while the local member is in a room, or joins or leaves one. */
function isEntering({ state }: RoomStatus): boolean {
    return state === "processing" || state === "inRoom";
}

/** Checks an id to block, since the RTC room rejects a join with an invalid id in its block list. */
function blockable(memberId: unknown, session: IVoiceSession | null): string {
    if (typeof memberId === "string" && hasIdLength(memberId) && memberId !== session?.selfId) {
        return memberId;
    }
    throw new RtcError("invalidArgument", "Pass another member's id (`member.id`) to block or unblock.");
}

/**
 * Members of a room without a member list: those in its RTC room.
 * @param status$ - the room's status
 * @param session$ - session in its RTC room; null outside
 * @returns members by id, including the local member; empty outside of rooms. Replays.
 */
function sessionMembers$(
    status$: Observable<RoomStatus>,
    session$: Observable<IVoiceSession | null>,
): Observable<ReadonlyMap<string, IRoomMember>> {
    const remotes$ = session$.pipe(switchMap((session) => session?.remotes$ ?? of(noRemotes)));
    return combineLatest([status$, remotes$]).pipe(
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

/** Error for audio that the browser's autoplay policy blocks. */
function audioBlocked(): RtcError {
    return new RtcError("audioBlocked", "The browser blocks sound until a click or key press. Call rtc.startAsync() from one.");
}

/** Error for a player's node that was disposed. */
function nodeDisposed(): RtcError {
    return new RtcError("disposed", "The player's node was disposed, so voice has ended. Add the RTC behavior to another node.");
}

/** Error for an audio engine that was closed. */
function engineDisposed(): RtcError {
    return new RtcError("disposed", "The audio engine is closed. Call rtc.startAsync() from a click to open another one.");
}
