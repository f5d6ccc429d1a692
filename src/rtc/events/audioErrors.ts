import { RtcError } from "../../errors/rtcError.js";

/** Why nothing is heard although everything else is as it should be. */
export function audioBlocked(): RtcError {
    return new RtcError(
        "audioBlocked",
        "The browser holds back all sound until somebody clicks. Call rtc.startAsync() from a click or key press.",
    );
}

/** Why nothing is heard any more. */
export function engineDisposed(): RtcError {
    return new RtcError(
        "disposed",
        "The app has disposed the audio engine, so nothing sounds any more. Add voice chat anew, with another engine.",
    );
}
