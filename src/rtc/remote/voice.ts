import { BehaviorSubject, finalize, map, of, share, switchMap, tap } from "rxjs";
import type { Observable } from "rxjs";
import { speaking } from "../../audio/speaking.js";
import type { IRoomMember } from "../../room/room.js";
import type { SpatialVoice } from "../../spatial/spatialVoice.js";
import type { VoicePreferences } from "./voicePreferences.js";

/** One remote member's voice. A stable object for as long as the member is there. */
export interface IVoice {
    /** Whose voice it is, as the room tells it now. */
    readonly member: IRoomMember;
    /** Whether the member is muted, by their own will or a moderator's. */
    readonly muted: boolean;
    /** Whether the member speaks. Kept up while somebody listens to `speaking$`; otherwise false. */
    readonly speaking: boolean;
    /** Whether we have silenced the member. */
    readonly silenced: boolean;
    /** Whether nothing passes between the member and us, by either's wish. */
    readonly blocked: boolean;
    /** Whether we ask for the member's voice; while not, nothing of it arrives. */
    readonly subscribed: boolean;
    /** Whether the member offers a voice at all. */
    readonly publishing: boolean;
    /** Whether the member's microphone is on. */
    readonly capturing: boolean;
    /** How loud we hear the member, beside `rtc.volume`: 1 = as sent. 0 to 4. Default: 1. Throws `invalidArgument`. */
    volume: number;
    /** How loud the member speaks, root mean square 0 to 1, ten times a second. Cold: nothing is computed while nobody listens. */
    readonly level$: Observable<number>;
}

/** The voice of one member, with or without sound at the moment. */
export class Voice implements IVoice {
    public readonly level$: Observable<number>;
    /** Whether the member speaks; cold. */
    public readonly speaking$: Observable<boolean>;
    public member: IRoomMember;
    public muted = false;
    public speaking = false;
    public silenced = false;
    public blocked = false;
    public subscribed = true;
    public publishing = true;
    public capturing = true;
    private readonly _preferences: VoicePreferences;
    private readonly _spatial = new BehaviorSubject<SpatialVoice | null>(null);

    /**
     * @param member - whose voice it is
     * @param preferences - know how loud it is
     */
    public constructor(member: IRoomMember, preferences: VoicePreferences) {
        this.member = member;
        this._preferences = preferences;
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

    /** What makes it sound, if anything does. */
    public get spatial(): SpatialVoice | null {
        return this._spatial.value;
    }
    public set spatial(spatial: SpatialVoice | null) {
        if (spatial) {
            spatial.volume = this.volume;
        }
        this._spatial.next(spatial);
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
}
