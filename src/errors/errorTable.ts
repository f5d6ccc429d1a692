import type { RtcErrorCode } from "./rtcError.js";

/** Row of the error table: how the library treats an error code. */
export interface IErrorRow {
    /**
     * `warning`: voice goes on, or comes back by itself or with a click. `error`: somebody has to do something. The type of the event in
     * `rtc.events$`.
     */
    readonly severity: "warning" | "error";
    /** False = the RTC room is not entered, nor its grant renewed, again by itself: somebody has decided against us. Default: true. */
    readonly retryable?: false;
    /** True if the server ends the stay, as opposed to a loss of the connection. Its public reason: `leaveReasons.ts`. */
    readonly ends?: true;
    /** Fault of a device (`DeviceFault`). Default: failure. */
    readonly device?: "noPermission" | "busy" | "notFound" | "unplugged" | "silent" | "unsupported";
}

const warning = { severity: "warning" } as const;
const error = { severity: "error" } as const;
const refusal = { severity: "error", retryable: false } as const;

/**
 * One row per error code, by name; a code without a row does not compile. What a code means is said at `RtcErrorCode`. What the controls advise is
 * said in gui/texts, which have languages and know the public contract alone.
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

/** The codes that end a stay. */
export type EndingErrorCode = {
    [Code in RtcErrorCode]: (typeof errorTable)[Code] extends { readonly ends: true } ? Code : never;
}[RtcErrorCode];

/**
 * @param code - of an error
 * @returns its row; that of `unknown` for a code that code without types has made up
 */
export function errorRow(code: RtcErrorCode): IErrorRow {
    const rows: Readonly<Record<string, IErrorRow | undefined>> = errorTable;
    return rows[code] ?? error;
}
