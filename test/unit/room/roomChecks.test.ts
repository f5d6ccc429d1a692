import { roomName } from "../../../src/room/roomChecks.js";
import { thrownBy } from "../../fakes/thrownBy.js";

describe("roomName", () => {
    it.each([
        ["a", "a"],
        ["  Lobby 1  ", "Lobby 1"],
        ["\tlobby\n", "lobby"],
        ["Käsebrot", "Käsebrot"],
        ["部屋", "部屋"],
        ["غرفة", "غرفة"],
        ["👩‍👩‍👧 home", "👩‍👩‍👧 home"],
        ["<b>&amp;../?#%", "<b>&amp;../?#%"],
        ["👍", "👍"],
        ["?!", "?!"],
        ["x".repeat(64), "x".repeat(64)],
        ["🎧".repeat(64), "🎧".repeat(64)],
    ])("accepts %j", (typed, name) => {
        expect(roomName(typed)).toBe(name);
    });

    it.each([
        ["an empty string", ""],
        ["blanks", " \t\r\n\u00a0\u3000"],
        ["65 characters", "x".repeat(65)],
        ["65 emoji", "🎧".repeat(65)],
        ["10,000 characters", "x".repeat(10_000)],
        ["a NUL", "lob\u0000by"],
        ["a line feed", "lob\nby"],
        ["a tab", "lob\tby"],
        ["an escape", "lob\u001bby"],
        ["a DEL", "lob\u007fby"],
        ["a C1 control character", "lob\u0085by"],
        ["a line separator", "lob\u2028by"],
        ["a paragraph separator", "lob\u2029by"],
        ["a mark that reverses the text direction", "lob\u202eby"],
        ["a mark that isolates a direction", "lob\u2066by"],
        ["zero-width spaces", "\u200B\u200B"],
        ["a Hangul filler", "\u3164"],
        ["joiners and selectors", "\u200d\ufe0f\u2060"],
        ["blank Braille", "\u2800 \u2800"],
        ["marks without a letter", "\u0301\u0301"],
    ])("rejects %s with invalidRoomName", (_, typed) => {
        expect(thrownBy(() => roomName(typed))).toMatchObject({ name: "RtcError", code: "invalidRoomName" });
    });

    it.each(["", "\u200B\u200B", "\u3164"])("reports for %j that one character must be visible", (typed) => {
        expect(thrownBy(() => roomName(typed))).toMatchObject({ message: "The room needs a name with at least one visible character." });
    });

    it.each([undefined, null, 7, {}])("rejects %p, which is not a string, with invalidRoomName", (typed) => {
        expect(thrownBy(() => roomName(typed as string))).toMatchObject({ code: "invalidRoomName" });
    });

    it("counts visible characters in the error message", () => {
        expect(() => roomName("🎧".repeat(70))).toThrow("at most 64 characters; this one has 70");
    });
});
