import { RtcError } from "../../errors/rtcError.js";

/** How often statistics are taken, in milliseconds, unless the app says otherwise. */
export const defaultStatisticsIntervalMs = 2_000;

/**
 * @param intervalMs - what the caller set
 * @returns the interval; throws `invalidArgument`
 */
export function checkStatisticsInterval(intervalMs: number = defaultStatisticsIntervalMs): number {
    if (!(intervalMs >= 100 && intervalMs <= 3_600_000)) {
        throw new RtcError("invalidArgument", `The interval of statistics must lie between 100 and 3,600,000 ms, not ${intervalMs}.`);
    }
    return intervalMs;
}
