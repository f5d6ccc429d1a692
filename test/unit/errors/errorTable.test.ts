import { errorRow } from "../../../src/errors/errorTable.js";
import type { IErrorRow } from "../../../src/errors/errorTable.js";
import type { RtcErrorCode } from "../../../src/errors/rtcError.js";

type Row = readonly [severity: IErrorRow["severity"], again: "again" | "never", ends: "ends" | "", device: IErrorRow["device"] | ""];

const rows: Readonly<Record<RtcErrorCode, Row>> = {
    invalidArgument: ["error", "never", "", ""],
    invalidRoomName: ["error", "again", "", ""],
    serverUnreachable: ["warning", "again", "", ""],
    serverStopping: ["warning", "again", "", ""],
    unauthorized: ["error", "never", "", ""],
    tokenExpired: ["error", "again", "ends", ""],
    tokenInvalid: ["error", "never", "", ""],
    serverBusy: ["warning", "again", "", ""],
    roomFull: ["error", "never", "", ""],
    roomNotFound: ["error", "again", "ends", ""],
    duplicateIdentity: ["error", "never", "ends", ""],
    removed: ["error", "never", "ends", ""],
    passwordWrong: ["error", "again", "", ""],
    roomLocked: ["error", "again", "", ""],
    notInvited: ["error", "again", "", ""],
    banned: ["error", "never", "ends", ""],
    roomClosed: ["error", "never", "ends", ""],
    notAllowed: ["warning", "again", "", ""],
    messageTooLarge: ["warning", "again", "", ""],
    memberNotFound: ["warning", "again", "", ""],
    microphoneDenied: ["error", "again", "", "noPermission"],
    microphoneForbidden: ["error", "again", "", "noPermission"],
    microphoneMissing: ["error", "again", "", "notFound"],
    microphoneBusy: ["error", "again", "", "busy"],
    microphoneSilent: ["error", "again", "", "silent"],
    deviceNotFound: ["error", "again", "", "notFound"],
    deviceUnplugged: ["error", "again", "", "unplugged"],
    audioBlocked: ["warning", "again", "", ""],
    storageFailed: ["error", "again", "", ""],
    linkFailed: ["warning", "again", "", ""],
    aborted: ["error", "again", "", ""],
    disposed: ["error", "never", "", ""],
    unsupported: ["error", "never", "", "unsupported"],
    unknown: ["error", "again", "", ""],
};

it.each(Object.entries(rows) as [RtcErrorCode, Row][])("%s: %j", (code, [severity, again, ends, device]) => {
    expect(errorRow(code)).toEqual({
        severity,
        ...(again === "never" && { retryable: false }),
        ...(ends === "ends" && { ends: true }),
        ...(device !== "" && { device }),
    });
});

it("treats a code that does not exist as unknown", () => {
    expect(errorRow("madeUp" as RtcErrorCode)).toEqual(errorRow("unknown"));
});
