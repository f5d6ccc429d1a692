import { voiceSignOf } from "../../../../src/gui/texts/voiceStateTexts.js";

it.each([
    [undefined, true, "speaking"],
    [undefined, false, "silent"],
    [{ muted: false, silenced: false }, true, "speaking"],
    [{ muted: true, silenced: false }, true, "muted"],
    [{ muted: true, silenced: true }, true, "silenced"],
    [{ muted: false, silenced: true }, false, "silenced"],
] as const)("the sign of voice %j with speaking = %j is %s", (voice, speaks, sign) => {
    expect(voiceSignOf(voice, speaks)).toBe(sign);
});

it.each([
    [undefined, "reconnecting"],
    [{ muted: true, silenced: false }, "reconnecting"],
    [{ muted: false, silenced: true }, "silenced"],
] as const)("the sign of voice %j of a reconnecting member is %s", (voice, sign) => {
    expect(voiceSignOf(voice, true, true)).toBe(sign);
});
