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

/** One remote member's voice. A stable object for as long as the member is there. */
export interface IVoice {
    /** Whose voice it is, as the room tells it now. */
    readonly member: IRoomMember;
    /** True while the member is muted, by themselves or by a moderator. */
    readonly muted: boolean;
    /** True while the member speaks. Kept up to date while somebody subscribes to `speaking$`; otherwise false. */
    readonly speaking: boolean;
    /** True if we have silenced the member. */
    readonly silenced: boolean;
    /** Blocked by either side. */
    readonly blocked: boolean;
    /** True if we ask for the member's voice; if not, nothing of it arrives. */
    readonly subscribed: boolean;
    /** True if the member offers a voice at all. */
    readonly publishing: boolean;
    /** True while the member's microphone is on. */
    readonly capturing: boolean;
    /** The way to the member: whether it stands, or none was found. */
    readonly link: VoiceLink;
    /** Volume of the member, beside `rtc.volume`: 1 = as sent. 0 to 4. Default: 1. Throws `invalidArgument`. */
    volume: number;
    /** Level of the member, root mean square 0 to 1, ten times a second. Cold: nothing is computed without a subscriber. */
    readonly level$: Observable<number>;
}

/** One remote member: how they are, whether and how loud we hear them, and their sound, if there is any, on their avatar. */
export class MemberVoice implements IVoice, Behavior<Node> {
    /** By this name `avatar.getBehaviorByName` finds it. */
    public readonly name = "Voice";
    /** The avatar; null while there is none, or no sound. */
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
    /** The sound. */
    public track: MediaStreamTrack | null = null;
    /** True if its sound could not be made: another track gets another one. */
    public hasFailed = false;
    /** True once `avatarOf` has thrown for this member. */
    public failed = false;

    private readonly _preferences: VoicePreferences;
    private readonly _onInterest: () => void;
    private readonly _spatial = new BehaviorSubject<SpatialVoice | null>(null);
    private _sounding: Subscription | null = null;
    private _inEarshot = true;
    /** As the RTC room says. */
    private _apart = false;

    /**
     * @param member - whose voice it is
     * @param preferences - the local member's
     * @param onInterest - called when the voice came into earshot or left it
     */
    public constructor(member: IRoomMember, preferences: VoicePreferences, onInterest: () => void) {
        this.member = member;
        this._preferences = preferences;
        this._onInterest = onInterest;
        this.level$ = this._spatial.pipe(switchMap((spatial) => spatial?.level$ ?? of(0)));
        this.speaking$ = this.level$.pipe(
            // Whoever is muted is not heard, whatever arrives.
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

    /** Options of the sound, as of a `VoiceBehavior`; null while there is no sound. */
    public get options(): ISpatialVoiceOptions | null {
        return this.spatial?.options ?? null;
    }

    /**
     * Changes how the voice sounds from where it stands, until its sound ends, as of a `VoiceBehavior`.
     * @param options - changes. Throws `invalidArgument`.
     */
    public setOptions(options: Partial<ISpatialVoiceOptions>): void {
        this.spatial?.setOptions(options);
    }

    /** Interest in the voice. */
    public get interest(): VoiceInterest {
        return this._preferences.deafened || this.silenced || this.blocked || !this.subscribed ? "off" : this._inEarshot ? "on" : "warm";
    }

    /** True while it sounds without a place. */
    public get isWaiting(): boolean {
        const { spatial } = this;
        return spatial !== null && (spatial.node === null || spatial.node.isDisposed());
    }

    /**
     * Takes over what the RTC room says.
     * @returns whether that is news to the app
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
     * Applies the preferences.
     * @returns whether that is news to the app
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

    /** Sounds like this from now on; it is disposed of with the member's sound. */
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

    /** Makes no sound any longer. */
    public hush(): void {
        this._sounding?.unsubscribe();
        this._sounding = null;
        this.track = null;
        this.displace();
        const { spatial } = this;
        this._spatial.next(null);
        spatial?.dispose();
    }

    /** Sounds from there, if that is another place than before. */
    public place(node: Node | null): void {
        if (!this.spatial || !node || node.isDisposed() || this.spatial.node === node) {
            return;
        }
        // At once, even while the scene loads, which is when avatars arrive.
        node.addBehavior(this, true);
    }

    /** Leaves its node, and stays where that was until it is placed anew. */
    public displace(): void {
        this.attachedNode?.removeBehavior(this);
    }

    /** Part of Babylon's behavior contract; there is nothing to prepare. */
    public init(): void {
        // Nothing.
    }

    /** Called by `node.addBehavior`. */
    public attach(node: Node): void {
        // Off its list as well, or the end of that node would take the voice away from this one.
        this.displace();
        this.attachedNode = node;
        if (this.spatial) {
            this.spatial.node = node;
        }
    }

    /** Called by `node.removeBehavior` and when the node is disposed: the voice stays where it was last heard. */
    public detach(): void {
        this.attachedNode = null;
        if (this.spatial) {
            this.spatial.node = null;
        }
    }
}
