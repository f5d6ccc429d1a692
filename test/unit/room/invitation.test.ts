import { invitationFrom, invitationLink } from "../../../src/room/invitation.js";
import { thrownBy } from "../../fakes/thrownBy.js";

const token = "eyJ_a-1.eyJi.c_-9";

describe("an invitation's link", () => {
    it.each([
        ["https://game.example/play", `https://game.example/play#rtcInvitation=${token}`],
        ["https://game.example/play?map=hills", `https://game.example/play?map=hills#rtcInvitation=${token}`],
        ["https://game.example/#spawn", `https://game.example/#spawn&rtcInvitation=${token}`],
        ["https://game.example/#/route?x=1", `https://game.example/#/route?x=1&rtcInvitation=${token}`],
        ["https://game.example/#rtcInvitation=x.y.z", `https://game.example/#rtcInvitation=${token}`],
        ["https://game.example/#a=1&rtcInvitation=x.y.z&b=2", `https://game.example/#a=1&b=2&rtcInvitation=${token}`],
    ])("of %s carries the invitation in the fragment, from which it is read", (url, link) => {
        expect(invitationLink(token, url)).toBe(link);
        expect(invitationLink(token, new URL(url))).toBe(link);
        expect(invitationFrom(link)).toBe(token);
    });

    it.each([
        "",
        "nonsense",
        "https://game.example/",
        "https://game.example/?rtcInvitation=a.b.c",
        "https://game.example/#rtcInvitation=",
        "https://game.example/#xrtcInvitation=a.b.c",
    ])("is not found in %p", (url) => {
        expect(invitationFrom(url)).toBeNull();
    });

    it("rejects an invalid address and an invalid invitation", () => {
        expect(thrownBy(() => invitationLink(token, "nonsense"))).toMatchObject({ code: "invalidArgument" });
        expect(thrownBy(() => invitationLink("a&b", "https://game.example/"))).toMatchObject({ code: "invalidArgument" });
    });
});
