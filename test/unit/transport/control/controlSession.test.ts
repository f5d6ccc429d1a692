import { roomOfToken } from "../../../../src/transport/control/controlSession.js";
import { thrownBy } from "../../../fakes/thrownBy.js";

const tokenOf = (claims: unknown): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2lnbmVk`;

describe("roomOfToken", () => {
    it.each(["lobby", "Käsebrot", "部屋", "🎧🎧🎧", "??>>~~"])("reads which room a grant is for: %s", (room) => {
        expect(roomOfToken(tokenOf({ sub: "me", room }))).toBe(room);
    });

    it("does not need the other claims, and does not look at the signature", () => {
        expect(roomOfToken(tokenOf({ room: "lobby" }).replace(/[^.]*$/, ""))).toBe("lobby");
    });

    it.each([
        ["nothing", ""],
        ["a word", "token"],
        ["something that is no base64", "a.%%%.c"],
        ["something that is no JSON", `a.${Buffer.from("room").toString("base64url")}.c`],
        ["a token without a room", tokenOf({ sub: "me" })],
        ["a room that is no text", tokenOf({ room: 7 })],
        ["null", tokenOf(null)],
    ])("refuses %s with tokenInvalid", (_, token) => {
        expect(thrownBy(() => roomOfToken(token))).toMatchObject({ name: "RtcError", code: "tokenInvalid" });
    });
});
