import { voiceSignOf } from "../../../../src/gui/texts/voiceStateTexts.js";

it.each([
    [undefined, true, "speaking"],
    [undefined, false, "silent"],
    [{ muted: false, silenced: false }, true, "speaking"],
    [{ muted: true, silenced: false }, true, "muted"],
    [{ muted: true, silenced: true }, true, "silenced"],
    [{ muted: false, silenced: true }, false, "silenced"],
] as const)("the sign of a voice %j among those who speak (%j) is %s", (voice, speaks, sign) => {
    expect(voiceSignOf(voice, speaks)).toBe(sign);
});
