import type { VoiceLeaveReason } from "../../protocol/wire.js";
import type { EndingErrorCode } from "./errorTable.js";
import type { RtcErrorCode } from "./rtcError.js";

/** As what the end of a stay is told. */
interface IStayEnd {
    /** Of a stay in the RTC room (`LeftReason`). */
    readonly voice: "duplicateIdentity" | "removed" | "roomClosed" | "tokenExpired" | "lost";
    /** Of a stay in a room of our server (`RoomLeaveReason`), which knows no grants. */
    readonly room: "elsewhere" | "kicked" | "roomClosed" | "lost";
}

const lost: IStayEnd = { voice: "lost", room: "lost" };

/** The last columns of the error table, apart from it because they are loaded with a room. */
const stayEnds: Readonly<Record<EndingErrorCode, IStayEnd>> = {
    duplicateIdentity: { voice: "duplicateIdentity", room: "elsewhere" },
    removed: { voice: "removed", room: "kicked" },
    banned: { voice: "removed", room: "kicked" },
    roomClosed: { voice: "roomClosed", room: "roomClosed" },
    roomNotFound: { voice: "roomClosed", room: "lost" },
    tokenExpired: { voice: "tokenExpired", room: "lost" },
};

/**
 * @param code - of the error that ended a stay
 * @returns as what that is told; `lost` unless the server ended it
 */
export function stayEnd(code: RtcErrorCode): IStayEnd {
    const rows: Readonly<Record<string, IStayEnd | undefined>> = stayEnds;
    return rows[code] ?? lost;
}

/** Why another member is gone, by the word of the wire: in a room of our server (`MemberLeaveReason`), and in the RTC room (`VoiceDepartureReason`). */
const memberLeaveReasons = {
    left: { room: "quit", voice: "quit" },
    dropped: { room: "dropped", voice: "dropped" },
    duplicateIdentity: { room: "elsewhere", voice: "replaced" },
    removed: { room: "kicked", voice: "kicked" },
    // A room knows no grants.
    tokenExpired: { voice: "tokenExpired" },
} as const satisfies Readonly<Record<VoiceLeaveReason, { readonly room?: string; readonly voice: string }>>;

/**
 * @param reason - the word of the wire
 * @returns as what it is told
 */
export function memberLeft<Reason extends VoiceLeaveReason>(reason: Reason): (typeof memberLeaveReasons)[Reason] {
    return memberLeaveReasons[reason];
}
