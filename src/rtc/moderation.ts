import { maxBanSeconds } from "../../protocol/limits.js";
import { checkOptions, requireOptions } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";
import type { IVoiceSession, ModerationAction } from "../transport/voiceTransport.js";

/**
 * Actions of a moderator: a member whose grant has the privilege `moderate`, or the owner of a room of our server. The server decides, and every
 * receiver enforces its decision. All methods reject with an `RtcError`: `invalidArgument` (also for the moderator's own id), `notAllowed` (not a
 * moderator, or the target is the room's owner), `memberNotFound`, `serverUnreachable` (not in an RTC room, or no answer), `aborted` (the RTC room is
 * left before the answer), `unsupported` (by the transport), or the reason for which the server ends the stay before the answer.
 */
export class Moderation {
    private readonly _connection: { readonly session: IVoiceSession | null };

    /** @param connection - connection to the RTC room; its session is null outside */
    public constructor(connection: { readonly session: IVoiceSession | null }) {
        this._connection = connection;
    }

    /**
     * Mutes a member for all others. The member cannot unmute. The mute stays when the member leaves and returns, as long as the RTC room has
     * members.
     * @param memberId - id of a present member
     */
    public async muteAsync(memberId: string): Promise<void> {
        await this._doAsync({ action: "mute", id: idOf(memberId) });
    }

    /** Mutes all present members except moderators. Members who enter later are not muted. */
    public async muteAllAsync(): Promise<void> {
        await this._doAsync({ action: "muteAll" });
    }

    /**
     * Removes a moderator's mute. The member stays muted by their own mute, gets `unmuteInvited`, and can then unmute.
     * @param memberId - id of a present member, or of an absent one who is still muted
     */
    public async inviteToUnmuteAsync(memberId: string): Promise<void> {
        await this._doAsync({ action: "inviteToUnmute", id: idOf(memberId) });
    }

    /**
     * Removes a member from the RTC room. The member gets `removed`, and `banned` if they return before the ban ends.
     * @param memberId - id of a present member
     * @param options - `seconds`: duration of the ban from room and voice, 0 to 86,400; at most 600 take effect if the moderator is the room's
     * owner and a guest. A ban also removes the member from a room of our server. Default: 0 = removed from the voice only, and may return at once.
     */
    public async removeAsync(memberId: string, options: { readonly seconds?: number } = {}): Promise<void> {
        requireOptions(options);
        const { seconds = 0 } = options;
        checkOptions({ seconds }, `seconds!=0..${maxBanSeconds}`);
        await this._doAsync({ action: "remove", id: idOf(memberId), seconds });
    }

    private async _doAsync(action: ModerationAction): Promise<void> {
        const { session } = this._connection;
        if (!session) {
            throw new RtcError("serverUnreachable", "Moderation works only in an RTC room; see rtc.connection$.");
        }
        if (!session.moderateAsync) {
            throw new RtcError("unsupported", "This transport cannot moderate.");
        }
        await session.moderateAsync(action);
    }
}

function idOf(memberId: unknown): string {
    if (typeof memberId === "string" && memberId !== "") {
        return memberId;
    }
    throw new RtcError("invalidArgument", "Pass a member's id (`member.id`).");
}
