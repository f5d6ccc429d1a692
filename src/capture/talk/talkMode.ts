import { checkOptions } from "../../errors/checkOptions.js";

/**
 * Condition under which the microphone is sent.
 *
 * - `open`: always.
 * - `pushToTalk`: while `microphone.talking` is true.
 * - `pushToMute`: while `microphone.talking` is false.
 * - `voiceActivity`: while speech is detected.
 */
export type WayToTalk = "open" | "pushToTalk" | "pushToMute" | "voiceActivity";

/** @returns the talk mode; throws `invalidArgument` if it is unknown */
export function checkWayToTalk(way: WayToTalk): WayToTalk {
    checkOptions({ mode: way }, "mode!=open|pushToTalk|pushToMute|voiceActivity");
    return way;
}
