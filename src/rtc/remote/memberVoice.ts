import type { Behavior } from "@babylonjs/core/Behaviors/behavior.js";
import type { Node } from "@babylonjs/core/node.js";
import { BehaviorSubject, Subscription, finalize, map, of, share, switchMap, tap } from "rxjs";
import type { Observable } from "rxjs";
import { speaking } from "../../audio/speaking.js";
import type { IRoomMember } from "../../room/room.js";
import type { SpatialVoice } from "../../spatial/spatialVoice.js";
import type { ISpatialVoiceOptions } from "../../spatial/spatialVoiceOptions.js";
import type { IRemoteVoice, VoiceInterest, VoiceLink } from "../../transport/voiceTransport.js";
import type { VoicePreferences } from "./voicePreferences.js";

/** Voice of one remote member. The same object as long as the member is present. */
export interface IVoice {
    /** The member, with the room's current values. */
    readonly member: IRoomMember;
    /** True while the member is muted, by themselves or by a moderator. */
    readonly muted: boolean;
    /** True while the member speaks. Updated only while `rtc.speaking$` has a subscriber; otherwise false. */
    readonly speaking: boolean;
    /** True if the local member has silenced the member. */
    readonly silenced: boolean;
    /** True if either side has blocked the other. */
    readonly blocked: boolean;
    /** True if the local member subscribes to the voice; if false, no voice is received. */
    readonly subscribed: boolean;
    /** True if the member publishes a voice. */
    readonly publishing: boolean;
    /** True while the member's microphone is on. */
    readonly capturing: boolean;
    /** State of the connection to the member. */
    readonly link: VoiceLink;
    /** Volume of the member, multiplied with `rtc.volume`: 1 = as sent. 0 to 4. Default: 1. Throws `invalidArgument`. */
    volume: number;
    /** Level of the member, root mean square 0 to 1, ten times a second. Cold: nothing is computed without a subscriber. */
    readonly level$: Observable<number>;
}

/** One remote member: state, local playback preferences, and the sound at the avatar. */
export class MemberVoice implements IVoice, Behavior<Node> {
    /** Name for `avatar.getBehaviorByName`. */
    public readonly name = "Voice";
    /** The avatar; null while there is no avatar or no sound. */
    public attachedNode: Node | null = null;
    public readonly level$: Observable<number>;
    /** True while the member speaks; cold. */
    public readonly speaking$: Observable<boolean>;
    public member: IRoomMember;
    public muted = false;
    public speaking = false;
    public silenced = false;
    public blocked = false;
    public subscribed = true;
    public publishing = true;
    public capturing = true;
    public link: VoiceLink = "connecting";
    /** Track of the voice; null while there is none. */
    public track: MediaStreamTrack | null = null;
    /** True if the sound could not be created. The next track then gets a new sound. */
    public hasFailed = false;
    /** True once `avatarOf` has thrown, or has returned neither a node nor null, for this member. */
    public failed = false;

    private readonly _preferences: VoicePreferences;
    private readonly _onInterest: () => void;
    private readonly _spatial = new BehaviorSubject<SpatialVoice | null>(null);
    private _sounding: Subscription | null = null;
    private _inEarshot = true;
    /** True if the RTC room reports a block by either side. */
    private _apart = false;

    /**
     * @param member - the member
     * @param preferences - local playback preferences
     * @param onInterest - called when the voice comes into earshot or leaves it
     */
    public constructor(member: IRoomMember, preferences: VoicePreferences, onInterest: () => void) {
        this.member = member;
        this._preferences = preferences;
        this._onInterest = onInterest;
        this.level$ = this._spatial.pipe(switchMap((spatial) => spatial?.level$ ?? of(0)));
        this.speaking$ = this.level$.pipe(
            // A muted member does not count as speaking, even if sound is received.
            map((level) => (this.muted ? 0 : level)),
            speaking(),
            tap((speaks) => (this.speaking = speaks)),
            finalize(() => (this.speaking = false)),
            share(),
        );
    }

    /** The sound; null while there is none. */
    public get spatial(): SpatialVoice | null {
        return this._spatial.value;
    }

    /** {@inheritDoc IVoice.volume} */
    public get volume(): number {
        return this._preferences.volumeOf(this.member.id);
    }
    public set volume(volume: number) {
        this._preferences.setVolumeOf(this.member.id, volume);
        if (this.spatial) {
            this.spatial.volume = volume;
        }
    }

    /** Spatial options of the sound, like those of a `VoiceBehavior`; null while there is no sound. */
    public get options(): ISpatialVoiceOptions | null {
        return this.spatial?.options ?? null;
    }

    /**
     * Changes spatial options of the present sound, like those of a `VoiceBehavior`.
     * @param options - options to change. Throws `invalidArgument`.
     */
    public setOptions(options: Partial<ISpatialVoiceOptions>): void {
        this.spatial?.setOptions(options);
    }

    /** Interest in the voice: `off` if it must not be heard at all, `warm` if it is out of earshot, otherwise `on`. */
    public get interest(): VoiceInterest {
        return this._preferences.deafened || this.silenced || this.blocked || !this.subscribed ? "off" : this._inEarshot ? "on" : "warm";
    }

    /** True while the sound has no avatar. */
    public get isWaiting(): boolean {
        const { spatial } = this;
        return spatial !== null && (spatial.node === null || spatial.node.isDisposed());
    }

    /**
     * Applies the state from the RTC room.
     * @returns true if a public value changed
     */
    public update({ muted, publishing, capturing, blocked, track, link = track ? "connected" : "connecting" }: IRemoteVoice): boolean {
        const isMuted = muted !== "no";
        const changed = this.muted !== isMuted || this.publishing !== publishing || this.capturing !== capturing || this.link !== link;
        this.muted = isMuted;
        this.publishing = publishing;
        this.capturing = capturing;
        this.link = link;
        this._apart = blocked;
        return this.refresh() || changed;
    }

    /**
     * Applies the local playback preferences.
     * @returns true if a public value changed
     */
    public refresh(): boolean {
        const { id } = this.member;
        const silenced = this._preferences.isSilenced(id);
        const subscribed = this._preferences.isSubscribed(id);
        const blocked = this._apart || this._preferences.isBlocked(id);
        const changed = this.silenced !== silenced || this.blocked !== blocked || this.subscribed !== subscribed;
        this.silenced = silenced;
        this.blocked = blocked;
        this.subscribed = subscribed;
        if (this.spatial) {
            this.spatial.master = this._preferences.volume;
            this.spatial.audible = !this.muted && this.publishing && this.interest !== "off";
        }
        return changed;
    }

    /** Takes over a sound; `hush` disposes it. */
    public play(spatial: SpatialVoice, onError: (error: unknown) => void): void {
        spatial.volume = this.volume;
        this.hasFailed = false;
        this._spatial.next(spatial);
        this.refresh();
        this._sounding = new Subscription();
        this._sounding.add(
            spatial.error$.subscribe((error) => {
                this.hasFailed = true;
                onError(error);
            }),
        );
        this._sounding.add(
            spatial.inEarshot$.subscribe((inEarshot) => {
                if (this._inEarshot !== inEarshot) {
                    this._inEarshot = inEarshot;
                    this._onInterest();
                }
            }),
        );
    }

    /** Stops playback and disposes the sound. */
    public hush(): void {
        this._sounding?.unsubscribe();
        this._sounding = null;
        this.track = null;
        this.displace();
        const { spatial } = this;
        this._spatial.next(null);
        spatial?.dispose();
    }

    /** Moves the sound to a node, if it is not there yet. A no-op without a sound or a node, or for a disposed node. */
    public place(node: Node | null): void {
        if (!this.spatial || !node || node.isDisposed() || this.spatial.node === node) {
            return;
        }
        // Attaches at once, even while the scene loads, since avatars are often created then.
        node.addBehavior(this, true);
    }

    /** Detaches the voice from its node. The sound stays at its last position until `place`. */
    public displace(): void {
        this.attachedNode?.removeBehavior(this);
    }

    /** Part of Babylon's `Behavior` interface. A no-op. */
    public init(): void {
        // Nothing.
    }

    /** Called by `node.addBehavior`. */
    public attach(node: Node): void {
        // Removes the voice from the old node's behaviors too. Otherwise the disposal of the old node would detach it from this node.
        this.displace();
        this.attachedNode = node;
        if (this.spatial) {
            this.spatial.node = node;
        }
    }

    /** Called by `node.removeBehavior` and when the node is disposed. The sound stays at its last position. */
    public detach(): void {
        this.attachedNode = null;
        if (this.spatial) {
            this.spatial.node = null;
        }
    }
}
