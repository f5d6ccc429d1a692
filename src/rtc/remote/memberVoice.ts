import type { Node } from "@babylonjs/core/node.js";
import { Subscription } from "rxjs";
import type { SpatialVoice } from "../../spatial/spatialVoice.js";
import { VoiceBehavior } from "../../spatial/voiceBehavior.js";
import type { IRemoteVoice, VoiceInterest } from "../../transport/voiceTransport.js";
import type { VoicePreferences } from "./voicePreferences.js";
import type { Voice } from "./voice.js";

/** One remote member: their voice, what makes it sound, and where. */
export class MemberVoice {
    /** The voice, as the app sees it. */
    public readonly voice: Voice;
    /** What sounds. */
    public track: MediaStreamTrack | null = null;
    /** Whether `avatarOf` has thrown for this member. */
    public failed = false;

    private readonly _preferences: VoicePreferences;
    private readonly _onInterest: () => void;
    private _behavior: VoiceBehavior | null = null;
    private _sounding: Subscription | null = null;
    private _inEarshot = true;
    /** As the RTC room says. */
    private _apart = false;

    /**
     * @param voice - the member's
     * @param preferences - the local member's
     * @param onInterest - called when the voice came into earshot or left it
     */
    public constructor(voice: Voice, preferences: VoicePreferences, onInterest: () => void) {
        this.voice = voice;
        this._preferences = preferences;
        this._onInterest = onInterest;
    }

    /** How much of the voice is wanted. */
    public get interest(): VoiceInterest {
        const { silenced, blocked, subscribed } = this.voice;
        return this._preferences.deafened || silenced || blocked || !subscribed ? "off" : this._inEarshot ? "on" : "warm";
    }

    /** Whether it sounds and has no place to sound from. */
    public get isWaiting(): boolean {
        const { spatial } = this.voice;
        return spatial !== null && (spatial.node === null || spatial.node.isDisposed());
    }

    /**
     * Takes over what the RTC room says.
     * @returns whether that is news to the app
     */
    public update({ muted, publishing, capturing, blocked }: IRemoteVoice): boolean {
        const { voice } = this;
        const changed = voice.muted !== (muted !== "no") || voice.publishing !== publishing || voice.capturing !== capturing;
        voice.muted = muted !== "no";
        voice.publishing = publishing;
        voice.capturing = capturing;
        this._apart = blocked;
        return this.refresh() || changed;
    }

    /**
     * Applies the preferences.
     * @returns whether that is news to the app
     */
    public refresh(): boolean {
        const { voice } = this;
        const silenced = this._preferences.isSilenced(voice.member.id);
        const subscribed = this._preferences.isSubscribed(voice.member.id);
        const blocked = this._apart || this._preferences.isBlocked(voice.member.id);
        const changed = voice.silenced !== silenced || voice.blocked !== blocked || voice.subscribed !== subscribed;
        voice.silenced = silenced;
        voice.blocked = blocked;
        voice.subscribed = subscribed;
        if (voice.spatial) {
            voice.spatial.master = this._preferences.volume;
            voice.spatial.audible = !voice.muted && voice.publishing && this.interest !== "off";
        }
        return changed;
    }

    /** Sounds like this from now on; it is disposed of with the member's sound. */
    public play(spatial: SpatialVoice, onError: (error: unknown) => void): void {
        this.voice.spatial = spatial;
        this.refresh();
        this._sounding = new Subscription();
        this._sounding.add(spatial.error$.subscribe(onError));
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
        const { spatial } = this.voice;
        this.voice.spatial = null;
        this.displace();
        this._behavior = null;
        spatial?.dispose();
    }

    /** Sounds from there, if that is another place than before. */
    public place(node: Node | null): void {
        const { spatial } = this.voice;
        if (!spatial || !node || node.isDisposed() || spatial.node === node) {
            return;
        }
        this.displace();
        this._behavior = VoiceBehavior.Around(spatial);
        // At once, even while the scene loads, which is when avatars arrive.
        node.addBehavior(this._behavior, true);
    }

    /** Leaves its node, and stays where that was until it is placed anew. */
    public displace(): void {
        this._behavior?.attachedNode?.removeBehavior(this._behavior);
    }
}
