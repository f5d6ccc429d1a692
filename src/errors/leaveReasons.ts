import type { VoiceLeaveReason } from "../../protocol/wire.js";
import type { EndingErrorCode } from "./errorTable.js";
import type { RtcErrorCode } from "./rtcError.js";

/** Public reasons for the end of our own session. */
interface IStayEnd {
    /** Reason in the RTC room (`LeftReason`). */
    readonly voice: "duplicateIdentity" | "removed" | "roomClosed" | "tokenExpired" | "lost";
    /** Reason in a room of our server (`RoomLeaveReason`). Rooms have no grants. */
    readonly room: "elsewhere" | "kicked" | "roomClosed" | "lost";
}

const lost: IStayEnd = { voice: "lost", room: "lost" };

/** Further columns of the error table, in a file of their own because they are loaded with a room. */
const stayEnds: Readonly<Record<EndingErrorCode, IStayEnd>> = {
    duplicateIdentity: { voice: "duplicateIdentity", room: "elsewhere" },
    removed: { voice: "removed", room: "kicked" },
    banned: { voice: "removed", room: "kicked" },
    roomClosed: { voice: "roomClosed", room: "roomClosed" },
    roomNotFound: { voice: "roomClosed", room: "lost" },
    tokenExpired: { voice: "tokenExpired", room: "lost" },
};

/**
 * @param code - code of the error that ended the session
 * @returns the public reasons; `lost` unless the server ended the session
 */
export function stayEnd(code: RtcErrorCode): IStayEnd {
    const rows: Readonly<Record<string, IStayEnd | undefined>> = stayEnds;
    return rows[code] ?? lost;
}

/** Public reasons for the departure of another member. */
interface IMemberLeft {
    /** Reason in a room of our server (`MemberLeaveReason`). */
    readonly room: "quit" | "dropped" | "kicked" | "elsewhere";
    /** Reason in the RTC room (`VoiceDepartureReason`). */
    readonly voice: "quit" | "dropped" | "kicked" | "replaced" | "tokenExpired";
}

/** Public reasons for the departure of another member, by reason on the wire. */
const memberLeaveReasons: Readonly<Record<VoiceLeaveReason, IMemberLeft>> = {
    left: { room: "quit", voice: "quit" },
    dropped: { room: "dropped", voice: "dropped" },
    duplicateIdentity: { room: "elsewhere", voice: "replaced" },
    removed: { room: "kicked", voice: "kicked" },
    // Only RTC rooms send this reason, since rooms have no grants.
    tokenExpired: { room: "dropped", voice: "tokenExpired" },
};

/**
 * @param reason - reason on the wire
 * @returns the public reasons; those of `left` for an unknown reason (from a newer server)
 */
export function memberLeft(reason: VoiceLeaveReason): IMemberLeft {
    const rows: Readonly<Record<string, IMemberLeft | undefined>> = memberLeaveReasons;
    return rows[reason] ?? memberLeaveReasons.left;
}
