import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { IDeviceStorage } from "../capture/devices/deviceStorage.js";
import { checkOptions } from "../errors/checkOptions.js";
import type { IRoomSource } from "../room/room.js";
import type { ISpatialVoiceOptions } from "../spatial/spatialVoiceOptions.js";
import type { IRetryPolicy } from "../transport/retryPolicy.js";
import type { ConnectionState, IVoiceTransport, MutedState } from "../transport/voiceTransport.js";
import type { GrantSource } from "./connection/grantSource.js";
import type { AvatarOf } from "./remote/memberVoices.js";
import type { IVoiceStorage } from "./remote/preferenceStorage.js";

/**
 * State of the connection to the RTC room. A connection that breaks, or whose server is silent for 12 s, is `reconnecting`; `lost` after 10 s more. It is
 * tried on all the same for as long as the retry policy says, unless `error$` has told why there is no use in it (put out, entered from
 * elsewhere, no right): then, to try once more, leave the room and enter it again.
 */
export type VoiceConnectionState = ConnectionState;

/** Our own state: what the others get of us, and we of them. */
export interface ISelf {
    /** Our mute state, and who set it. */
    readonly muted: MutedState;
    /** True if we hear nobody. */
    readonly deafened: boolean;
    /** True if a live microphone is connected to an RTC room where we may publish, and is neither unpublished nor muted by a moderator. */
    readonly publishing: boolean;
    /** True while the microphone is on. */
    readonly capturing: boolean;
}

/** Options of an RTC behavior. */
export interface IRtcBehaviorOptions {
    /** Whose status is followed. Stays the caller's. */
    readonly rooms: IRoomSource;
    /** Transport of the voices. */
    readonly transport: IVoiceTransport;
    /** Source of grants. */
    readonly token: GrantSource;
    /** Finds a member's avatar. Default: none, so that everybody is heard without position until `setAvatar`. */
    readonly avatarOf?: AvatarOf | undefined;
    /** The engine to play on; stays the caller's. Default: the one that the app made last, otherwise one of our own. */
    readonly audioEngine?: AudioEngineV2 | undefined;
    /** Constraints that add to ours, or a stream of the app's own, which stays the app's. */
    readonly microphone?: MediaTrackConstraints | MediaStream | undefined;
    /** Spatial options of voices. */
    readonly spatial?: Partial<ISpatialVoiceOptions> | undefined;
    /**
     * True = data may be sent in voice packets (`messages.sendWithVoice`), which costs a worker while links stand. Both ends must want it. Needs a
     * browser with `RTCRtpScriptTransform`, and of a Content-Security-Policy that it allows `worker-src blob:`. Default: false.
     */
    readonly ridesData?: boolean | undefined;
    /** Interval of `stats$`, in milliseconds, 100 to 3,600,000. Default: 2,000. */
    readonly statisticsIntervalMs?: number | undefined;
    /** True = newcomers are heard at once; false = nobody is before `subscribe`. Default: true. */
    readonly autoSubscribe?: boolean | undefined;
    /**
     * Storage of silenced and blocked members and of volumes; null = none, so that they are forgotten with the page. Default:
     * the browser's `localStorage`. It is kept by member id, which a guest loses with the tab; see `IVoiceStorage`.
     */
    readonly storage?: IVoiceStorage | null | undefined;
    /** Storage of chosen microphones and outputs; null = none. Default: the browser's `localStorage`, unless `storage` is null. */
    readonly deviceStorage?: IDeviceStorage | null | undefined;
    /** Retries of the entry into the RTC room after a loss. Default: `EnduringRetryPolicy`, which never gives up. */
    readonly retryPolicy?: IRetryPolicy | undefined;
}

/** Throws `invalidArgument` for the first option that cannot be used. */
export function checkBehaviorOptions(options: IRtcBehaviorOptions): void {
    checkOptions(
        options,
        "rooms!=object transport.joinAsync! token! avatarOf microphone=object spatial=object retryPolicy.nextRetryDelayInMs storage.load storage.save " +
            "deviceStorage.load deviceStorage.save ridesData=boolean autoSubscribe=boolean",
    );
    checkOptions(options.rooms, "status$.pipe! members$.pipe", "option rooms.");
}

/**
 * @param statisticsIntervalMs - what the caller set
 * @returns the interval; throws `invalidArgument`
 */
export function checkStatisticsInterval(statisticsIntervalMs = 2_000): number {
    checkOptions({ statisticsIntervalMs }, "statisticsIntervalMs=100..3600000");
    return statisticsIntervalMs;
}
