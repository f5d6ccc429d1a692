import { errorRow } from "../../../src/errors/errorTable.js";
import type { RtcErrorCode } from "../../../src/errors/rtcError.js";
import { memberLeft, stayEnd } from "../../../src/errors/leaveReasons.js";

it.each<[RtcErrorCode, string, string]>([
    ["duplicateIdentity", "duplicateIdentity", "elsewhere"],
    ["removed", "removed", "kicked"],
    ["banned", "removed", "kicked"],
    ["roomClosed", "roomClosed", "roomClosed"],
    ["roomNotFound", "roomClosed", "lost"],
    ["tokenExpired", "tokenExpired", "lost"],
])("%s ends a stay in the RTC room as %s, in a room as %s", (code, voice, room) => {
    expect(stayEnd(code)).toEqual({ voice, room });
    expect(errorRow(code).ends).toBe(true);
});

it.each<RtcErrorCode>([
    "invalidArgument",
    "invalidRoomName",
    "serverUnreachable",
    "unauthorized",
    "tokenInvalid",
    "serverBusy",
    "roomFull",
    "passwordWrong",
    "roomLocked",
    "notInvited",
    "notAllowed",
    "messageTooLarge",
    "memberNotFound",
    "microphoneDenied",
    "microphoneForbidden",
    "microphoneMissing",
    "microphoneBusy",
    "microphoneSilent",
    "deviceNotFound",
    "deviceUnplugged",
    "audioBlocked",
    "storageFailed",
    "linkFailed",
    "aborted",
    "disposed",
    "unsupported",
    "unknown",
    "madeUp" as RtcErrorCode,
])("%s does not end a stay: the reason is lost", (code) => {
    expect(stayEnd(code)).toEqual({ voice: "lost", room: "lost" });
    expect(errorRow(code).ends).toBeUndefined();
});

it.each([
    ["left", "quit", "quit"],
    ["dropped", "dropped", "dropped"],
    ["duplicateIdentity", "elsewhere", "replaced"],
    ["removed", "kicked", "kicked"],
    ["tokenExpired", "dropped", "tokenExpired"],
] as const)("another member's %s is reported as %s in a room, as %s in the RTC room", (reason, room, voice) => {
    expect(memberLeft(reason)).toEqual({ room, voice });
});

it("treats an unknown reason of a newer server as quit", () => {
    expect(memberLeft("moved" as "left")).toEqual({ room: "quit", voice: "quit" });
});
