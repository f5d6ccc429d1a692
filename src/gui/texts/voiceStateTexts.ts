import type { IVoice } from "../../index.js";

/** What a member's voice does, in one word: what we did to them goes before what they did. */
export type VoiceSign = "silent" | "speaking" | "muted" | "silenced";

/**
 * Pure.
 * @param voice - the member's voice, if there is one
 * @param speaks - whether the member is among those who speak
 */
export function voiceSignOf(voice: Pick<IVoice, "muted" | "silenced"> | undefined, speaks: boolean): VoiceSign {
    if (voice?.silenced) {
        return "silenced";
    }
    if (voice?.muted) {
        return "muted";
    }
    return speaks ? "speaking" : "silent";
}
