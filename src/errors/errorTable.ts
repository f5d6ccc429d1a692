import type { RtcErrorCode } from "./rtcError.js";

/** Row of the error table: how the library treats an error code. */
export interface IErrorRow {
    /**
     * `warning`: voice continues, or recovers by itself or after a click. `error`: a person must act. Also the type of the event in
     * `rtc.events$`.
     */
    readonly severity: "warning" | "error";
    /** False = a refusal, after which the client does not retry to enter the RTC room or to renew the grant. Default: true. */
    readonly retryable?: false;
    /** True if the server can end a session with this code. The public reasons are in `leaveReasons.ts`. */
    readonly ends?: true;
    /** Matching device fault (`DeviceFault`). Default: failure. */
    readonly device?: "noPermission" | "busy" | "notFound" | "unplugged" | "silent" | "unsupported";
}

const warning = { severity: "warning" } as const;
const error = { severity: "error" } as const;
const refusal = { severity: "error", retryable: false } as const;

/**
 * One row per error code, in alphabetical order; a code without a row does not compile. `RtcErrorCode` documents the codes. The translated
 * advice that the controls show is in gui/texts, since the gui uses only the public contract.
 */
const errorTable = {
    aborted: error,
    audioBlocked: warning,
    banned: { ...refusal, ends: true },
    deviceNotFound: { ...error, device: "notFound" },
    deviceUnplugged: { ...error, device: "unplugged" },
    disposed: refusal,
    duplicateIdentity: { ...refusal, ends: true },
    invalidArgument: refusal,
    invalidRoomName: error,
    linkFailed: warning,
    memberNotFound: warning,
    messageTooLarge: warning,
    microphoneBusy: { ...error, device: "busy" },
    microphoneDenied: { ...error, device: "noPermission" },
    microphoneForbidden: { ...error, device: "noPermission" },
    microphoneMissing: { ...error, device: "notFound" },
    microphoneSilent: { ...error, device: "silent" },
    notAllowed: warning,
    notInvited: error,
    passwordWrong: error,
    removed: { ...refusal, ends: true },
    roomClosed: { ...refusal, ends: true },
    roomFull: refusal,
    roomLocked: error,
    roomNotFound: { ...error, ends: true },
    serverBusy: warning,
    serverStopping: warning,
    serverUnreachable: warning,
    storageFailed: error,
    tokenExpired: { ...error, ends: true },
    tokenInvalid: refusal,
    unauthorized: refusal,
    unknown: error,
    unsupported: { ...refusal, device: "unsupported" },
} as const satisfies Readonly<Record<RtcErrorCode, IErrorRow>>;

/** Codes with which the server ends a session. */
export type EndingErrorCode = {
    [Code in RtcErrorCode]: (typeof errorTable)[Code] extends { readonly ends: true } ? Code : never;
}[RtcErrorCode];

/**
 * @param code - code of an error
 * @returns its row; the row of `unknown` for a code that is not in the table (from untyped code)
 */
export function errorRow(code: RtcErrorCode): IErrorRow {
    const rows: Readonly<Record<string, IErrorRow | undefined>> = errorTable;
    return rows[code] ?? error;
}
