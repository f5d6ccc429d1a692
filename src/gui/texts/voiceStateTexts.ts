import type { IVoice } from "../../index.js";

/**
 * State of a member's voice in one word; our own settings for them go before theirs. `reconnecting`: their connection dropped, and they may be
 * heard all the same. `noPath`: no way to them was found, so they are not heard.
 */
export type VoiceSign = "silent" | "speaking" | "muted" | "silenced" | "reconnecting" | "noPath";

/**
 * Pure.
 * @param voice - the member's voice, if there is one
 * @param speaks - whether the member is among those who speak
 * @param reconnecting - whether the member's connection dropped (`member.reconnecting`). Default: false.
 */
export function voiceSignOf(
    voice: (Pick<IVoice, "muted" | "silenced"> & Partial<Pick<IVoice, "link">>) | undefined,
    speaks: boolean,
    reconnecting = false,
): VoiceSign {
    if (voice?.silenced) {
        return "silenced";
    }
    if (reconnecting) {
        return "reconnecting";
    }
    if (voice?.link === "noPath") {
        return "noPath";
    }
    if (voice?.muted) {
        return "muted";
    }
    return speaks ? "speaking" : "silent";
}
