import { RtcError } from "../../errors/rtcError.js";

/**
 * When the microphone is sent.
 *
 * - `open`: always.
 * - `pushToTalk`: while `microphone.talking` is true.
 * - `pushToMute`: while `microphone.talking` is false.
 * - `voiceActivity`: while somebody speaks into it.
 */
export type WayToTalk = "open" | "pushToTalk" | "pushToMute" | "voiceActivity";

const ways: readonly string[] = ["open", "pushToTalk", "pushToMute", "voiceActivity"] satisfies WayToTalk[];

/** @returns the way; throws `invalidArgument` if there is none of that name */
export function checkWayToTalk(way: WayToTalk): WayToTalk {
    if (!ways.includes(way)) {
        throw new RtcError("invalidArgument", `A way to talk is one of ${ways.join(", ")}; it was ${way}.`);
    }
    return way;
}
