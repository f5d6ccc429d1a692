import { maxBanSeconds } from "../../protocol/limits.js";
import { checkOptions, requireOptions } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";
import type { IVoiceSession, ModerationAction } from "../transport/voiceTransport.js";

/**
 * Actions of a moderator: whoever's grant has the privilege `moderate`, or who owns the room (of our server's). The server decides, and every
 * receiver enforces it. All of it rejects with an `RtcError`: `invalidArgument`, `notAllowed` (not a moderator, or it is the room's owner),
 * `memberNotFound`, `serverUnreachable` (not in an RTC room), `unsupported` (by the transport).
 */
export class Moderation {
    private readonly _connection: { readonly session: IVoiceSession | null };

    /** @param connection - to the RTC room; its session is null outside */
    public constructor(connection: { readonly session: IVoiceSession | null }) {
        this._connection = connection;
    }

    /**
     * Lets nobody hear a member, who cannot unmute. It holds when they leave and come again, as long as anybody is in the RTC room.
     * @param memberId - of a member who is there
     */
    public async muteAsync(memberId: string): Promise<void> {
        await this._doAsync({ action: "mute", id: idOf(memberId) });
    }

    /** Mutes everybody who is there but moderators. Whoever comes later is not muted. */
    public async muteAllAsync(): Promise<void> {
        await this._doAsync({ action: "muteAll" });
    }

    /**
     * Takes a moderator's mute back. The member stays muted and is told (`unmuteInvited`): only they unmute themselves.
     * @param memberId - of a member
     */
    public async inviteToUnmuteAsync(memberId: string): Promise<void> {
        await this._doAsync({ action: "inviteToUnmute", id: idOf(memberId) });
    }

    /**
     * Puts a member out of the RTC room. They are told `removed`, and `banned` if they come back too early.
     * @param memberId - of a member who is there
     * @param options - `seconds`: how long room and voice refuse them, 0 to 86,400; from a room of our server they are put out, too. Default: 0 = out of the
     * voice alone, until they enter again
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
            throw new RtcError("serverUnreachable", "Nobody can be moderated outside of an RTC room; see rtc.connection$.");
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
    throw new RtcError("invalidArgument", "A member's id is wanted (`member.id`).");
}
