import { colorOf, rosterView } from "../../../../src/gui/roster/rosterView.js";
import type { IRosterSnapshot } from "../../../../src/gui/roster/rosterView.js";
import { linkStatistics } from "../../../../src/rtc/statistics/statistics.js";
import type { ILinkFacts } from "../../../../src/transport/linkFacts.js";

const alice = { id: "a", name: "Alice", attributes: { color: "#112233" } };
const bob = { id: "b", name: "Bob", attributes: {} };
const carol = { id: "c", name: "Carol", attributes: { color: "red" } };

const calm: IRosterSnapshot = {
    status: { state: "inRoom", room: { id: "1", name: "lobby" }, self: alice },
    members: new Map([alice, bob, carol].map((member) => [member.id, member])),
    voices: new Map([
        ["b", { muted: false, silenced: false, volume: 1.5 }],
        ["c", { muted: true, silenced: true, volume: 1 }],
    ]),
    speaking: new Set(["a", "b"]),
    self: { muted: "no" },
    statistics: null,
    mayModerate: false,
};

describe("The roster's view", () => {
    it("has one line per member in the room's order, where silenced takes precedence over muted", () => {
        expect(rosterView(calm)).toEqual([
            { id: "a", name: "Alice", color: "#112233", isSelf: true, sign: "speaking", muted: false, silenced: false, volume: null, quality: "unknown", mayModerate: false }, // prettier-ignore
            { id: "b", name: "Bob", color: colorOf(bob), isSelf: false, sign: "speaking", muted: false, silenced: false, volume: 1.5, quality: "unknown", mayModerate: false }, // prettier-ignore
            { id: "c", name: "Carol", color: colorOf(carol), isSelf: false, sign: "silenced", muted: true, silenced: true, volume: 1, quality: "unknown", mayModerate: false }, // prettier-ignore
        ]);
    });

    it.each(["self", "moderator"] as const)("shows that the user is muted by %s", (muted) => {
        expect(rosterView({ ...calm, self: { muted } })[0]?.sign).toBe("muted");
    });

    it("shows reconnecting members, including the user", () => {
        const members = new Map([alice, { ...bob, reconnecting: true }, carol].map((member) => [member.id, member]));
        expect(rosterView({ ...calm, members }).map(({ sign }) => sign)).toEqual(["speaking", "reconnecting", "silenced"]);
        const status = { ...calm.status, reconnecting: true } as IRosterSnapshot["status"];
        expect(rosterView({ ...calm, status })[0]?.sign).toBe("reconnecting");
    });

    it("shows members without a path, unless they are reconnecting or silenced", () => {
        const voices = new Map(
            (["b", "c"] as const).map((id) => [
                id,
                { ...calm.voices.get(id), muted: true, silenced: id === "c", volume: 1, link: "noPath" as const },
            ]),
        );
        expect(rosterView({ ...calm, voices }).map(({ sign }) => sign)).toEqual(["speaking", "noPath", "silenced"]);
        const members = new Map([alice, { ...bob, reconnecting: true }, carol].map((member) => [member.id, member]));
        expect(rosterView({ ...calm, voices, members })[1]?.sign).toBe("reconnecting");
    });

    it("shows the user as muted while the microphone sends nothing", () => {
        expect(rosterView({ ...calm, isOpen: false })[0]).toMatchObject({ sign: "muted", muted: true });
    });

    it("offers moderation of the other members, but not of the user", () => {
        expect(rosterView({ ...calm, mayModerate: true }).map(({ mayModerate }) => mayModerate)).toEqual([false, true, true]);
    });

    it("shows the connection quality of linked members", () => {
        const facts = { at: 1000, roundTripMs: 20, jitterMs: 1, path: "direct", codec: "opus", bytesSent: 0, bytesReceived: 0, packetsReceived: 0, packetsLost: 0, samplesPlayed: 0, samplesConcealed: 0, bufferedMs: 0, samplesBuffered: 0 } as ILinkFacts; // prettier-ignore
        const statistics = { links: new Map([["b", linkStatistics(facts, { ...facts, at: 2000, packetsReceived: 100 })]]) };
        expect(rosterView({ ...calm, statistics }).map(({ quality }) => quality)).toEqual(["unknown", "excellent", "unknown"]);
    });

    it("has no volume for members whose voice is not there yet", () => {
        expect(rosterView({ ...calm, voices: new Map() }).map(({ volume }) => volume)).toEqual([null, null, null]);
    });
});

describe("The color of a member", () => {
    it("is the member's own if it is valid, and otherwise a stable default", () => {
        expect(colorOf(alice)).toBe("#112233");
        expect(colorOf(carol)).toMatch(/^#[0-9a-f]{6}$/);
        expect(colorOf(carol)).toBe(colorOf({ ...carol, name: "Other" }));
    });
});
