import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { BehaviorSubject, Subscription, combineLatest, distinctUntilChanged, finalize, ignoreElements, map, merge, tap } from "rxjs";
import type { Observable } from "rxjs";
import { unseenFrames$ } from "../../interop/unseenFrames.js";
import type { IRoomMember } from "../../room/room.js";
import { RtcError } from "../../errors/rtcError.js";
import { SpatialVoice } from "../../spatial/spatialVoice.js";
import type { ISpatialVoiceOptions } from "../../spatial/spatialVoiceOptions.js";
import { VoiceRenderer } from "../../spatial/voiceRenderer.js";
import type { IRemoteVoice, IVoiceSession, VoiceInterest } from "../../transport/voiceTransport.js";
import { MemberVoice } from "./memberVoice.js";
import type { VoicePreferences } from "./voicePreferences.js";

/**
 * Finds the node that a member speaks from; null = not there yet. Called in every frame while the member has a voice but no node (or a disposed
 * one), so it must be fast.
 */
export type AvatarOf = (member: IRoomMember) => Node | null;

/** Options of the voices. */
export interface IMemberVoicesOptions {
    readonly scene: Scene;
    readonly audioEngine: AudioEngineV2;
    /** Spatial options of voices. */
    readonly spatial?: Partial<ISpatialVoiceOptions> | undefined;
    /** Finds a member's avatar. Default: none. */
    readonly avatarOf?: AvatarOf | undefined;
    /** Local playback preferences. Owned by the caller. */
    readonly preferences: VoicePreferences;
    /** Avatars by member id, which take precedence over `avatarOf`. Shared with the caller, which may add avatars before there are voices. */
    readonly avatars: Map<string, Node>;
    /** Called with errors of `avatarOf`, once per member, and of sounds that could not be created. */
    readonly onError: (error: RtcError) => void;
}

/** Plays the voices of a room in the scene: one sound per member with a track, at the member's avatar as soon as the avatar exists. */
export class MemberVoices {
    /** Voices by member id. Emits when members or their states change. Replays. */
    public readonly voices$: Observable<ReadonlyMap<string, MemberVoice>>;
    /** Interest by member id. Emits on change. Replays. */
    public readonly interest$: Observable<ReadonlyMap<string, VoiceInterest>>;
    /** Scene of the voices. Replays. */
    public readonly scene$: Observable<Scene>;

    private readonly _options: IMemberVoicesOptions;
    private readonly _scene: BehaviorSubject<Scene>;
    private readonly _members = new Map<string, MemberVoice>();
    private readonly _voices = new BehaviorSubject<ReadonlyMap<string, MemberVoice>>(new Map());
    private readonly _interest = new BehaviorSubject<ReadonlyMap<string, VoiceInterest>>(new Map());
    private readonly _refreshing: Subscription;
    private _watching: Subscription | null = null;

    /** @param options - scene, audio engine, avatars and preferences */
    public constructor(options: IMemberVoicesOptions) {
        this._options = options;
        this._scene = new BehaviorSubject(options.scene);
        this.scene$ = this._scene.pipe(distinctUntilChanged());
        // A subscriber may cause newer voices; the subscribers after it then get only the newer ones.
        this.voices$ = this._voices.pipe(
            map(() => this._voices.value),
            distinctUntilChanged(),
        );
        this.interest$ = this._interest.pipe(distinctUntilChanged(sameEntries));
        this._refreshing = options.preferences.changes$.subscribe(() => this._refresh());
    }

    /**
     * Plays the voices of a session, and sends it the interest in each voice.
     * @param session - session in the RTC room
     * @param members$ - members of the room; null if the room has no member list
     * @returns emits nothing; unsubscribing removes all voices
     */
    public hear$(session: IVoiceSession, members$: Observable<ReadonlyMap<string, IRoomMember> | null>): Observable<never> {
        return merge(
            combineLatest([session.remotes$, members$]).pipe(tap(([remotes, members]) => this.update(remotes, members))),
            this.interest$.pipe(tap((interest) => session.setInterest(interest))),
        ).pipe(
            ignoreElements(),
            finalize(() => this.clear()),
        );
    }

    /**
     * Applies the present members and their tracks. A member is heard only if both lists have them.
     * @param remotes - remote members of the RTC room
     * @param members - members of the room; null if the room has no member list
     */
    public update(remotes: ReadonlyMap<string, IRemoteVoice>, members: ReadonlyMap<string, IRoomMember> | null): void {
        let changed = false;
        for (const [id, memberVoice] of this._members) {
            if (!remotes.has(id) || members?.has(id) === false) {
                this._remove(id, memberVoice);
                changed = true;
            }
        }
        for (const [id, remote] of remotes) {
            const known = this._members.get(id)?.member;
            const member = members
                ? members.get(id)
                : known?.name === remote.name && known.reconnecting === remote.reconnecting
                  ? known
                  : memberOf(remote);
            if (member) {
                changed = this._show(id, member, remote) || changed;
            }
        }
        if (changed) {
            this._emit();
        }
        this._watch();
    }

    /**
     * Sets a member's avatar, which takes precedence over `avatarOf`.
     * @param id - the member's id
     * @param node - the avatar; null = use `avatarOf` again
     */
    public setAvatar(id: string, node: Node | null): void {
        const { avatars } = this._options;
        avatars.forEach((each, key) => each.isDisposed() && avatars.delete(key));
        if (node) {
            avatars.set(id, node);
        } else {
            avatars.delete(id);
        }
        const memberVoice = this._members.get(id);
        if (memberVoice) {
            if (!node) {
                // The avatar of a voice without a node is looked up in every frame; until it is found, the voice stays at its last position.
                memberVoice.displace();
            }
            this._place(id, memberVoice);
            this._watch();
        }
    }

    /**
     * Moves all voices to another scene, without a gap in sound. Forgets the avatars of the old scene, and looks up the avatar of every member again.
     * @param scene - the new scene; may be the present one
     */
    public moveTo(scene: Scene): void {
        const { avatars, audioEngine } = this._options;
        const before = this._scene.value;
        this._unwatch();
        this._scene.next(scene);
        avatars.forEach((avatar, id) => before !== scene && avatar.getScene() === before && avatars.delete(id));
        const moving = [...this._members];
        for (const [, memberVoice] of moving) {
            memberVoice.displace();
            memberVoice.spatial?.moveTo(scene);
        }
        moving.forEach(([id, memberVoice]) => this._place(id, memberVoice));
        // Moves the listener at the same time as the voices. Otherwise the voices would be heard moving.
        VoiceRenderer.For(scene, audioEngine).update();
        moving.forEach(([, { spatial }]) => spatial?.arrive());
        this._watch();
    }

    /**
     * @param id - a member's id
     * @returns the member's voice; null if there is none
     */
    public voiceOf(id: string): MemberVoice | null {
        return this._members.get(id) ?? null;
    }

    /** Removes all voices. */
    public clear(): void {
        if (this._members.size > 0) {
            this._members.forEach((memberVoice, id) => this._remove(id, memberVoice));
            this._emit();
        }
        this._watch();
    }

    /** Removes all voices and forgets all avatars. */
    public dispose(): void {
        this._refreshing.unsubscribe();
        this.clear();
        this._options.avatars.clear();
    }

    private _show(id: string, member: IRoomMember, remote: IRemoteVoice): boolean {
        let memberVoice = this._members.get(id);
        let changed = false;
        if (!memberVoice) {
            memberVoice = new MemberVoice(member, this._options.preferences, () => this._emitInterest());
            this._members.set(id, memberVoice);
            changed = true;
        }
        changed = changed || memberVoice.member !== member;
        memberVoice.member = member;
        changed = memberVoice.update(remote) || changed;
        if (memberVoice.track !== remote.track) {
            this._changeTrack(id, memberVoice, remote.track);
        }
        return changed;
    }

    private _changeTrack(id: string, memberVoice: MemberVoice, track: MediaStreamTrack | null): void {
        const { spatial } = memberVoice;
        if (track && spatial && !memberVoice.hasFailed) {
            // Replaces the track of the same sound, to avoid a gap.
            memberVoice.track = track;
            spatial.changeTrack(track);
        } else {
            this._sound(id, memberVoice, track);
        }
    }

    private _sound(id: string, memberVoice: MemberVoice, track: MediaStreamTrack | null): void {
        memberVoice.hush();
        memberVoice.track = track;
        if (!track) {
            return;
        }
        const name = memberVoice.member.name || id;
        const spatial = new SpatialVoice(this._scene.value, track, {
            ...this._options.spatial,
            audioEngine: this._options.audioEngine,
            name: `voice of ${name}`,
        });
        memberVoice.play(spatial, (cause) =>
            this._options.onError(RtcError.From(cause, "unknown", `The voice of ${name} cannot be heard.`)),
        );
        this._place(id, memberVoice);
    }

    private _refresh(): void {
        let changed = false;
        for (const memberVoice of this._members.values()) {
            changed = memberVoice.refresh() || changed;
        }
        if (changed) {
            this._emit();
        }
        this._emitInterest();
    }

    /** Calls the app's `avatarOf`. Catches its faults, so that they do not stop the voices, and reports them once per member. */
    private _avatarOf(memberVoice: MemberVoice): Node | null {
        const { member } = memberVoice;
        const { avatarOf, onError } = this._options;
        let fault: { readonly what: string; readonly cause?: unknown };
        try {
            const node: unknown = avatarOf?.(member) ?? null;
            if (node === null || isNode(node)) {
                return node;
            }
            // Prevents an unhandled rejection if the app returned a promise.
            void Promise.resolve(node).catch(() => undefined);
            fault = { what: "did not return a node or null synchronously" };
        } catch (cause) {
            fault = { what: "threw", cause };
        }
        if (!memberVoice.failed) {
            memberVoice.failed = true;
            const { what, cause } = fault;
            onError(
                new RtcError("invalidArgument", `avatarOf ${what} for ${member.name || member.id}, who is heard without position.`, {
                    cause,
                }),
            );
        }
        return null;
    }

    private _place(id: string, memberVoice: MemberVoice): void {
        memberVoice.place(this._options.avatars.get(id) ?? this._avatarOf(memberVoice));
    }

    private _remove(id: string, memberVoice: MemberVoice): void {
        memberVoice.hush();
        this._members.delete(id);
    }

    /** Looks for missing avatars in every frame while there are sounds, since an avatar may be created late or be disposed at any time. */
    private _watch(): void {
        const sounding = [...this._members.values()].some(({ spatial }) => spatial !== null);
        if (!sounding) {
            this._unwatch();
        } else if (!this._watching) {
            const scene = this._scene.value;
            const observer = scene.onBeforeRenderObservable.add(() => this._placeWaiting());
            this._watching = new Subscription(() => scene.onBeforeRenderObservable.remove(observer));
            this._watching.add(unseenFrames$(scene).subscribe(() => this._placeWaiting()));
        }
    }

    private _unwatch(): void {
        this._watching?.unsubscribe();
        this._watching = null;
    }

    private _placeWaiting(): void {
        this._members.forEach((memberVoice, id) => {
            if (memberVoice.isWaiting) {
                this._place(id, memberVoice);
            }
        });
    }

    private _emit(): void {
        this._voices.next(new Map(this._members));
        this._emitInterest();
    }

    private _emitInterest(): void {
        this._interest.next(new Map([...this._members].map(([id, { interest }]) => [id, interest])));
    }
}

/** Checks the methods that are used, not the class, since the app may have another copy of Babylon. */
function isNode(value: unknown): value is Node {
    const { addBehavior, isDisposed } = value as Partial<Node>;
    return typeof addBehavior === "function" && typeof isDisposed === "function";
}

function memberOf({ id, name, reconnecting }: IRemoteVoice): IRoomMember {
    return Object.freeze({ id, name, attributes: Object.freeze({}), ...(reconnecting && { reconnecting }) });
}

function sameEntries(a: ReadonlyMap<string, VoiceInterest>, b: ReadonlyMap<string, VoiceInterest>): boolean {
    return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
