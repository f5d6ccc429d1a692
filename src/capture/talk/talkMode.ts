import { checkOptions } from "../../errors/checkOptions.js";

/**
 * Condition under which the microphone is sent.
 *
 * - `open`: always.
 * - `pushToTalk`: while `microphone.talking` is true.
 * - `pushToMute`: while `microphone.talking` is false.
 * - `voiceActivity`: while somebody speaks into it.
 */
export type WayToTalk = "open" | "pushToTalk" | "pushToMute" | "voiceActivity";

/** @returns the way; throws `invalidArgument` if there is none of that name */
export function checkWayToTalk(way: WayToTalk): WayToTalk {
    checkOptions({ mode: way }, "mode!=open|pushToTalk|pushToMute|voiceActivity");
    return way;
}
