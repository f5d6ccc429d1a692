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
 * State of the connection to the RTC room.
 *
 * - `reconnecting`: the connection broke, nothing was received from the server for 12 to 16 s, or a join failed and is retried. A broken connection
 *   stays in this state while the server does not answer.
 * - `lost`: 10 s have passed since a join failed, without a successful one; the client continues to retry, as the retry policy allows. Also if a retry is useless (removed,
 *   connected from elsewhere, no permission; see `error$`): to try again then, leave the room and enter it again.
 */
export type VoiceConnectionState = ConnectionState;

/** State of the local member's own voice and playback. */
export interface ISelf {
    /** Our mute state, and who set it. */
    readonly muted: MutedState;
    /** True if the local member hears no voices. */
    readonly deafened: boolean;
    /** True if the member is in an RTC room that permits publishing, the microphone is live and published, and no moderator has muted the member. */
    readonly publishing: boolean;
    /** True while the microphone is on. */
    readonly capturing: boolean;
}

/** Options of an RTC behavior. */
export interface IRtcBehaviorOptions {
    /** Room source whose status the behavior follows. The caller keeps ownership. */
    readonly rooms: IRoomSource;
    /** Transport of the voices. */
    readonly transport: IVoiceTransport;
    /** Source of grants. */
    readonly token: GrantSource;
    /** Finds a member's avatar. Default: none; members are heard without position until `setAvatar`. */
    readonly avatarOf?: AvatarOf | undefined;
    /** Audio engine for playback; the caller keeps ownership. Default: the engine that the app created last; if there is none, a new engine. */
    readonly audioEngine?: AudioEngineV2 | undefined;
    /** Constraints in addition to ours, or the app's own stream, of which the app keeps ownership. */
    readonly microphone?: MediaTrackConstraints | MediaStream | undefined;
    /** Spatial options of voices. */
    readonly spatial?: Partial<ISpatialVoiceOptions> | undefined;
    /**
     * True = data can be sent in voice packets (`messages.sendWithVoice`). Both ends must set it. A worker runs while there are links. Needs a
     * browser with `RTCRtpScriptTransform`, and a Content-Security-Policy (if there is one) that allows `worker-src blob:`. Default: false.
     */
    readonly dataInRtp?: boolean | undefined;
    /** @deprecated Use `dataInRtp`. */
    readonly ridesData?: boolean | undefined;
    /** Interval of `stats$`, in milliseconds, 100 to 3,600,000. Default: 2,000. */
    readonly statisticsIntervalMs?: number | undefined;
    /** True = new members are heard at once; false = a member is heard only after `subscribe`. Default: true. */
    readonly autoSubscribe?: boolean | undefined;
    /**
     * Storage of silenced members, blocked members and volumes; null = kept only until the page closes. Default: the browser's
     * `localStorage`. Entries are keyed by member id, which a guest loses when the tab is closed; see `IVoiceStorage`.
     */
    readonly storage?: IVoiceStorage | null | undefined;
    /** Storage of the selected input and output devices; null = not stored. Not used if `storage` is null. Default: the browser's `localStorage`. */
    readonly deviceStorage?: IDeviceStorage | null | undefined;
    /** Retry policy for entering the RTC room after a lost connection. Default: `EnduringRetryPolicy`, which never gives up. */
    readonly retryPolicy?: IRetryPolicy | undefined;
}

/** Throws `invalidArgument` for the first invalid option. */
export function checkBehaviorOptions(options: IRtcBehaviorOptions): void {
    checkOptions(
        options,
        "rooms!=object transport.joinAsync! token! avatarOf microphone=object spatial=object retryPolicy.nextRetryDelayInMs storage.load storage.save " +
            "deviceStorage.load deviceStorage.save dataInRtp=boolean ridesData=boolean autoSubscribe=boolean",
    );
    checkOptions(options.rooms, "status$.pipe! members$.pipe", "option rooms.");
}

/**
 * @param statisticsIntervalMs - interval from the options, in milliseconds. Default: 2,000.
 * @returns the interval; throws `invalidArgument`
 */
export function checkStatisticsInterval(statisticsIntervalMs = 2_000): number {
    checkOptions({ statisticsIntervalMs }, "statisticsIntervalMs=100..3600000");
    return statisticsIntervalMs;
}
