import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { BehaviorSubject, distinctUntilChanged } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import type { IRoomMember } from "../room/room.js";
import { RtcError } from "../rtcError.js";
import { SpatialVoice } from "../spatial/spatialVoice.js";
import type { ISpatialVoiceOptions } from "../spatial/spatialVoiceOptions.js";
import { VoiceBehavior } from "../spatial/voiceBehavior.js";
import type { IRemoteVoice, VoiceInterest } from "../transport/voiceTransport.js";
import { Voice } from "./voice.js";
import type { IVoice } from "./voice.js";

/** Finds the node that a member speaks from; null = not there yet. Asked every frame until it answers, so let it be quick. */
export type AvatarOf = (member: IRoomMember) => Node | null;

/** What the stage stands on. */
export interface IVoiceStageOptions {
    readonly scene: Scene;
    readonly audioEngine: AudioEngineV2;
    readonly spatial: Partial<ISpatialVoiceOptions>;
    readonly avatarOf: AvatarOf;
    /** Whom we have silenced. The stage reads it; its owner changes it and calls `refresh`. */
    readonly silenced: ReadonlySet<string>;
    /** How loud we hear whom, where it is not 1. Shared with the owner, so that it outlives a stay. */
    readonly volumes: Map<string, number>;
    /** The avatars that go before `avatarOf`. Shared with the owner, who may know them before there is a stage. */
    readonly avatars: Map<string, Node>;
    /** Hears what goes wrong in `avatarOf`, once per member. */
    readonly onError: (error: RtcError) => void;
}

/** One member on the stage. */
interface IActor {
    readonly voice: Voice;
    track: MediaStreamTrack | null;
    behavior: VoiceBehavior | null;
    earshot: Subscription | null;
    inEarshot: boolean;
    /** Whether `avatarOf` has thrown for this member. */
    failed: boolean;
}

/** Puts the voices of a room into the scene: one sound per remote track, at the member's avatar as soon as there is one. */
export class VoiceStage {
    /** Emits on membership and state. Replays. */
    public readonly voices$: Observable<ReadonlyMap<string, IVoice>>;
    /** How much of whom is wanted. Emits on change. Replays. */
    public readonly interest$: Observable<ReadonlyMap<string, VoiceInterest>>;

    private readonly _options: IVoiceStageOptions;
    private readonly _actors = new Map<string, IActor>();
    private readonly _voices = new BehaviorSubject<ReadonlyMap<string, Voice>>(new Map());
    private readonly _interest = new BehaviorSubject<ReadonlyMap<string, VoiceInterest>>(new Map());
    private _observer: Observer<Scene> | null = null;
    private _deafened = false;

    /** @param options - what it stands on */
    public constructor(options: IVoiceStageOptions) {
        this._options = options;
        this.voices$ = this._voices.asObservable();
        this.interest$ = this._interest.pipe(distinctUntilChanged(sameEntries));
    }

    /** The voices as the stage knows them, speaking included. */
    public get actors$(): Observable<ReadonlyMap<string, Voice>> {
        return this._voices.asObservable();
    }

    /** Whether nobody is heard. */
    public get deafened(): boolean {
        return this._deafened;
    }
    public set deafened(deafened: boolean) {
        this._deafened = deafened;
        this.refresh();
    }

    /**
     * Who is there now, and with what sound.
     * @param remotes - whom the RTC room names
     * @param members - whom the room names, null if the room keeps no list: who is not in both is not heard
     */
    public update(remotes: ReadonlyMap<string, IRemoteVoice>, members: ReadonlyMap<string, IRoomMember> | null): void {
        let changed = false;
        for (const [id, actor] of this._actors) {
            if (!remotes.has(id) || members?.has(id) === false) {
                this._remove(id, actor);
                changed = true;
            }
        }
        for (const [id, remote] of remotes) {
            const member = members ? members.get(id) : (this._actors.get(id)?.voice.member ?? memberOf(remote));
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
     * Says where a member's avatar is, ahead of `avatarOf`.
     * @param id - the member's
     * @param node - null = ask `avatarOf` again
     */
    public setAvatar(id: string, node: Node | null): void {
        const { avatars } = this._options;
        avatars.forEach((each, key) => each.isDisposed() && avatars.delete(key));
        if (node) {
            avatars.set(id, node);
        } else {
            avatars.delete(id);
        }
        const actor = this._actors.get(id);
        if (actor) {
            if (!node) {
                // Without a place it is asked for in every frame; until then it stays where it was.
                actor.behavior?.attachedNode?.removeBehavior(actor.behavior);
            }
            this._place(id, actor);
            this._watch();
        }
    }

    /** Applies what has changed in `silenced`. */
    public refresh(): void {
        let changed = false;
        for (const [id, actor] of this._actors) {
            changed = this._applySilence(id, actor) || changed;
        }
        if (changed) {
            this._emit();
        }
        this._emitInterest();
    }

    /**
     * @param id - a member's
     * @returns their voice; null if they are not on the stage
     */
    public voiceOf(id: string): Voice | null {
        return this._actors.get(id)?.voice ?? null;
    }

    /** Takes everybody off the stage. */
    public clear(): void {
        if (this._actors.size > 0) {
            this._actors.forEach((actor, id) => this._remove(id, actor));
            this._emit();
        }
        this._watch();
    }

    /** Takes everybody off and forgets all avatars. */
    public dispose(): void {
        this.clear();
        this._options.avatars.clear();
    }

    private _show(id: string, member: IRoomMember, remote: IRemoteVoice): boolean {
        let actor = this._actors.get(id);
        let changed = false;
        if (!actor) {
            const voice = new Voice(member);
            voice.volume = this._options.volumes.get(id) ?? 1;
            actor = { voice, track: null, behavior: null, earshot: null, inEarshot: true, failed: false };
            this._actors.set(id, actor);
            changed = true;
        }
        const { voice } = actor;
        const muted = remote.muted !== "no";
        changed = changed || voice.member !== member || voice.muted !== muted;
        voice.member = member;
        voice.muted = muted;
        changed = this._applySilence(id, actor) || changed;
        if (actor.track !== remote.track) {
            this._sound(id, actor, remote.track);
        }
        return changed;
    }

    private _sound(id: string, actor: IActor, track: MediaStreamTrack | null): void {
        this._mute(actor);
        actor.track = track;
        if (!track) {
            return;
        }
        const { voice } = actor;
        const spatial = new SpatialVoice(this._options.scene, track, {
            ...this._options.spatial,
            audioEngine: this._options.audioEngine,
            name: `voice of ${voice.member.name || id}`,
        });
        spatial.audible = this._isAudible(voice);
        voice.spatial = spatial;
        actor.earshot = spatial.inEarshot$.subscribe((inEarshot) => {
            if (actor.inEarshot !== inEarshot) {
                actor.inEarshot = inEarshot;
                this._emitInterest();
            }
        });
        this._place(id, actor);
    }

    private _applySilence(id: string, { voice }: IActor): boolean {
        const silenced = this._options.silenced.has(id);
        const changed = voice.silenced !== silenced;
        voice.silenced = silenced;
        if (voice.spatial) {
            voice.spatial.audible = this._isAudible(voice);
        }
        return changed;
    }

    private _isAudible({ muted, silenced }: Voice): boolean {
        return !muted && !silenced && !this._deafened;
    }

    /** Asks the app, whose mistakes must not end the conversation. */
    private _avatarOf(actor: IActor): Node | null {
        const { member } = actor.voice;
        try {
            return this._options.avatarOf(member);
        } catch (cause) {
            if (!actor.failed) {
                actor.failed = true;
                this._options.onError(
                    new RtcError("invalidArgument", `avatarOf threw for ${member.name || member.id}, who is heard without position.`, {
                        cause,
                    }),
                );
            }
            return null;
        }
    }

    /** Attaches the voice to the avatar that is there now, if that is another one than before. */
    private _place(id: string, actor: IActor): void {
        const spatial = actor.voice.spatial;
        const node = this._options.avatars.get(id) ?? this._avatarOf(actor);
        if (!spatial || !node || node.isDisposed() || spatial.node === node) {
            return;
        }
        actor.behavior?.attachedNode?.removeBehavior(actor.behavior);
        actor.behavior = VoiceBehavior.Around(spatial);
        // At once, even while the scene loads, which is when avatars arrive.
        node.addBehavior(actor.behavior, true);
    }

    private _remove(id: string, actor: IActor): void {
        if (actor.voice.volume !== 1) {
            this._options.volumes.set(id, actor.voice.volume);
        } else {
            this._options.volumes.delete(id);
        }
        this._mute(actor);
        this._actors.delete(id);
    }

    private _mute(actor: IActor): void {
        actor.earshot?.unsubscribe();
        actor.earshot = null;
        const { spatial } = actor.voice;
        actor.voice.spatial = null;
        const { behavior } = actor;
        actor.behavior = null;
        behavior?.attachedNode?.removeBehavior(behavior);
        spatial?.dispose();
    }

    /** Looks for avatars frame by frame, for as long as there are voices: one may be wanting, and another be disposed at any time. */
    private _watch(): void {
        const sounding = [...this._actors.values()].some(({ voice }) => voice.spatial !== null);
        const { onBeforeRenderObservable } = this._options.scene;
        if (sounding && !this._observer) {
            this._observer = onBeforeRenderObservable.add(() => this._placeWaiting());
        } else if (!sounding && this._observer) {
            onBeforeRenderObservable.remove(this._observer);
            this._observer = null;
        }
    }

    private _placeWaiting(): void {
        this._actors.forEach((actor, id) => {
            if (isWaiting(actor)) {
                this._place(id, actor);
            }
        });
    }

    private _emit(): void {
        this._voices.next(new Map([...this._actors].map(([id, { voice }]) => [id, voice])));
        this._emitInterest();
    }

    private _emitInterest(): void {
        this._interest.next(
            new Map(
                [...this._actors].map(([id, { voice, inEarshot }]) => [
                    id,
                    this._deafened || voice.silenced ? "off" : inEarshot ? "on" : "warm",
                ]),
            ),
        );
    }
}

function isWaiting({ voice }: IActor): boolean {
    return voice.spatial !== null && (voice.spatial.node === null || voice.spatial.node.isDisposed());
}

function memberOf({ id, name }: IRemoteVoice): IRoomMember {
    return Object.freeze({ id, name, attributes: Object.freeze({}) });
}

function sameEntries(a: ReadonlyMap<string, VoiceInterest>, b: ReadonlyMap<string, VoiceInterest>): boolean {
    return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
