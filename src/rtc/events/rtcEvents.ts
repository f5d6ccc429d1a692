import type { RtcError } from "../../errors/rtcError.js";
import type { IRoomMember } from "../../room/room.js";
import type { VoiceDepartureReason } from "../../transport/voiceTransport.js";
import type { VoiceConnectionState } from "../rtcBehaviorOptions.js";
import type { IJoinFacts, LeftReason } from "../connection/sessionInfo.js";

/** Why another member left the RTC room. */
export type MemberLeftReason = VoiceDepartureReason;

/** Why a member's voice is available. `republished`: the voice was available earlier in this stay, and is back. */
export type PublishedReason = "published" | "republished";

/**
 * Why a member's voice is no longer available.
 *
 * - `unpublished`: the member stopped publishing.
 * - `notAllowed`: the member no longer has the privilege to publish.
 * - `failed`: the audio path to the member broke; a new call is made.
 * - `left`: the member left (or was removed).
 * - `disconnected`: the member's connection was lost.
 */
export type UnpublishedReason = "unpublished" | "notAllowed" | "failed" | "left" | "disconnected";

/** Origin of an error: `engine` = the local client, in any room (microphone, audio engine, avatars); `room` = the RTC room. */
export type RtcScope = "engine" | "room";

/**
 * Events of the RTC room. Events about other members report arrivals and changes while the local member is inside; `voices$` also has the members who
 * were there before.
 */
export type RtcEvent =
    /** The local member entered the RTC room. `again`: after a lost connection. */
    | ({ readonly type: "joined"; readonly room: string; readonly user: IRoomMember } & IJoinFacts)
    /** The local member is no longer in the RTC room. `error`: the cause, unless the member left by choice. */
    | { readonly type: "left"; readonly room: string; readonly reason: LeftReason; readonly error?: RtcError }
    /** Another member entered. The app's values are in `member.attributes`. `elapsedMs`: time since the local member entered, in milliseconds. */
    | { readonly type: "memberJoined"; readonly member: IRoomMember; readonly elapsedMs: number }
    | { readonly type: "memberLeft"; readonly id: string; readonly reason: MemberLeftReason }
    /** A member's voice is available. */
    | { readonly type: "published"; readonly id: string; readonly reason: PublishedReason }
    | { readonly type: "unpublished"; readonly id: string; readonly reason: UnpublishedReason }
    /** A remote member or the local member was muted. `by`: who set the mute. */
    | { readonly type: "muted"; readonly id: string; readonly by: "self" | "moderator" }
    /** `by`: who had set the mute that ended. */
    | { readonly type: "unmuted"; readonly id: string; readonly by: "self" | "moderator" }
    /** A member's microphone was switched on. */
    | { readonly type: "captureStarted"; readonly id: string }
    | { readonly type: "captureStopped"; readonly id: string }
    /**
     * The grant expires soon; it is renewed automatically. `expiresAt`: expiry time, in milliseconds since the epoch by the server's clock.
     * `expiresInMs`: remaining time in milliseconds, independent of the local clock (absent with an older server).
     */
    | { readonly type: "tokenExpiring"; readonly expiresAt: number; readonly expiresInMs?: number }
    | { readonly type: "tokenRenewed"; readonly expiresAt: number; readonly expiresInMs?: number }
    /** A moderator's mute has ended. The local member stays muted, and can now unmute. `by`: who ended it; null = the app, or a server restart. */
    | { readonly type: "unmuteInvited"; readonly by: string | null }
    /** Like `connection$`, but `reconnected` instead of `connected` after a lost connection. */
    | { readonly type: "connection"; readonly state: VoiceConnectionState | "reconnected" }
    /** A fault after which voice continues, or recovers by itself or after a click. */
    | { readonly type: "warning"; readonly scope: RtcScope; readonly code: RtcError["code"]; readonly error: RtcError }
    /** A fault that a person must fix. */
    | { readonly type: "error"; readonly scope: RtcScope; readonly code: RtcError["code"]; readonly error: RtcError };
