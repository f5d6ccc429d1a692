import type { RtcError, RtcErrorCode } from "../../errors/rtcError.js";

/** After these, trying again by ourselves would only do harm: somebody has decided against us. */
const final: ReadonlySet<RtcErrorCode> = new Set<RtcErrorCode>([
    "duplicateIdentity",
    "removed",
    "banned",
    "roomClosed",
    "unauthorized",
    "tokenInvalid",
    "invalidArgument",
    "unsupported",
    "roomFull",
]);

/**
 * @param error - what went wrong
 * @returns whether it is pointless to try again
 */
export function isFinal({ code }: RtcError): boolean {
    return final.has(code);
}
