import type { RtcError } from "../../errors/rtcError.js";
import type { IRoomMember } from "../../room/room.js";
import type { VoiceDepartureReason } from "../../transport/voiceTransport.js";
import type { VoiceConnectionState } from "../rtcBehaviorOptions.js";
import type { IJoinFacts, LeftReason } from "../connection/sessionInfo.js";

/** Why somebody else is no longer in the RTC room. */
export type MemberLeftReason = VoiceDepartureReason;

/** `republished`: their voice was there before in this stay, and is back. */
export type PublishedReason = "published" | "republished";

/**
 * Why a member's voice is no longer there.
 *
 * - `unpublished`: by the member's own will.
 * - `notAllowed`: their right to publish has ended or was taken.
 * - `failed`: the audio path between us broke; it is called again.
 * - `left`: the member has left (or was put out).
 * - `disconnected`: the member is gone without a word.
 */
export type UnpublishedReason = "unpublished" | "notAllowed" | "failed" | "left" | "disconnected";

/** Whose trouble: `engine` = ours, whatever room we are in (microphone, audio engine, avatars); `room` = the RTC room's. */
export type RtcScope = "engine" | "room";

/** Events in and around the RTC room. Those of other members are about arrivals and changes while we are inside; `voices$` tells who was there before. */
export type RtcEvent =
    /** We are inside. `again`: after a lost connection. */
    | ({ readonly type: "joined"; readonly room: string; readonly user: IRoomMember } & IJoinFacts)
    /** We are no longer inside. `error`: what ended it, unless we left. */
    | { readonly type: "left"; readonly room: string; readonly reason: LeftReason; readonly error?: RtcError }
    /** Somebody came. What the app has attached to them is in `member.attributes`. `elapsedMs`: since we came, in milliseconds. */
    | { readonly type: "memberJoined"; readonly member: IRoomMember; readonly elapsedMs: number }
    | { readonly type: "memberLeft"; readonly id: string; readonly reason: MemberLeftReason }
    /** A member's voice is there. */
    | { readonly type: "published"; readonly id: string; readonly reason: PublishedReason }
    | { readonly type: "unpublished"; readonly id: string; readonly reason: UnpublishedReason }
    /** A member is muted, or we ourselves. `by`: by whose will. */
    | { readonly type: "muted"; readonly id: string; readonly by: "self" | "moderator" }
    /** `by`: by whose will it was until now. */
    | { readonly type: "unmuted"; readonly id: string; readonly by: "self" | "moderator" }
    /** A member's microphone is on. */
    | { readonly type: "captureStarted"; readonly id: string }
    | { readonly type: "captureStopped"; readonly id: string }
    /**
     * The grant ends then, in milliseconds since the epoch by the server's clock, and in `expiresInMs` from now whatever our clock says (an older
     * server does not tell it); it is renewed by itself.
     */
    | { readonly type: "tokenExpiring"; readonly expiresAt: number; readonly expiresInMs?: number }
    | { readonly type: "tokenRenewed"; readonly expiresAt: number; readonly expiresInMs?: number }
    /** A moderator (or the app, if null) lets us speak again: unmute when you want to. */
    | { readonly type: "unmuteInvited"; readonly by: string | null }
    /** As `connection$`; but `reconnected` for `connected` after a broken connection. */
    | { readonly type: "connection"; readonly state: VoiceConnectionState | "reconnected" }
    /** Something is wrong, but voice goes on, or comes back by itself or with a click. */
    | { readonly type: "warning"; readonly scope: RtcScope; readonly code: RtcError["code"]; readonly error: RtcError }
    /** Something is wrong, and somebody has to do something about it. */
    | { readonly type: "error"; readonly scope: RtcScope; readonly code: RtcError["code"]; readonly error: RtcError };
