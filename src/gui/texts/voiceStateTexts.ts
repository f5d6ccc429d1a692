import type { IVoice } from "../../index.js";

/**
 * State of a member's voice. `silenced`, the local player's choice, has priority over the member's own state. `reconnecting`: the member's
 * connection dropped; they may still be heard. `noPath`: no network path to the member was found; they are not heard.
 */
export type VoiceSign = "silent" | "speaking" | "muted" | "silenced" | "reconnecting" | "noPath";

/**
 * State to show for a member's voice. Pure.
 * @param voice - the member's voice, if there is one
 * @param speaks - true if the member is speaking
 * @param reconnecting - true if the member's connection dropped (`member.reconnecting`). Default: false.
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
