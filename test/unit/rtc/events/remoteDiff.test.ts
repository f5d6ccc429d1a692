import { hasMissingPath, noHistory, remoteDiff } from "../../../../src/rtc/events/remoteDiff.js";
import type { IRemoteContext, IRemoteHistory } from "../../../../src/rtc/events/remoteDiff.js";
import type { RtcEvent } from "../../../../src/rtc/events/rtcEvents.js";
import type { IRemoteVoice, VoiceDepartureReason } from "../../../../src/transport/voiceTransport.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";
import { remoteVoice } from "../../../fakes/remoteVoice.js";

const track = new FakeTrack("voice");
const bob = remoteVoice("bob", { name: "Bob", track });
type Change = Partial<IRemoteVoice> | null;

/** Takes Bob through these states (null = absent). Returns the events of each step. */
class Steps {
    public context: IRemoteContext = {
        elapsedMs: 5,
        settled: false,
        hearing: true,
        departures: new Map(),
        memberOf: ({ id, name }) => ({ id, name, attributes: { team: "red" } }),
    };
    private _history: IRemoteHistory = noHistory;

    public step(change: Change, context: Partial<IRemoteContext> = {}): readonly RtcEvent[] {
        const remotes = new Map(change ? [["bob", { ...bob, ...change }]] : []);
        const [events, history] = remoteDiff(this._history, remotes, { ...this.context, ...context });
        this._history = history;
        return events;
    }
}

/** Events of the last step, in short form. */
function lastOf(...changes: Change[]): string[] {
    const steps = new Steps();
    return (
        changes
            .map((change) => steps.step(change))
            .at(-1)
            ?.map(short) ?? []
    );
}

function short(event: RtcEvent): string {
    return [event.type, "reason" in event ? event.reason : "by" in event ? event.by : null].filter((word) => word !== null).join(" ");
}

describe("remoteDiff", () => {
    it("room: user joined: elapsed ms and app-defined extra data come with the member", () => {
        expect(new Steps().step({})[0]).toEqual({
            type: "memberJoined",
            member: { id: "bob", name: "Bob", attributes: { team: "red" } },
            elapsedMs: 5,
        });
    });

    it.each([
        ["quit", "left"],
        ["dropped", "disconnected"],
        ["kicked", "left"],
        ["replaced", "left"],
    ] as const)("room: user left: %s, whose voice is unpublished (%s) with it", (reason: VoiceDepartureReason, unpublished) => {
        const steps = new Steps();
        steps.step({});
        expect(steps.step(null, { departures: new Map([["bob", reason]]) })).toEqual([
            { type: "unpublished", id: "bob", reason: unpublished },
            { type: "memberLeft", id: "bob", reason },
        ]);
    });

    it("says that a member quit where nobody knows better, and says nothing of a voice that was not there", () => {
        expect(lastOf({ publishing: false }, null)).toEqual(["memberLeft quit"]);
    });

    it.each<[string, Change[], string[]]>([
        ["a newcomer with everything on", [{}], ["memberJoined", "published published", "captureStarted"]],
        ["a newcomer with nothing on", [{ publishing: false, capturing: false }], ["memberJoined"]],
        ["a newcomer who is muted", [{ muted: "self" }], ["memberJoined", "published published", "muted self", "captureStarted"]],
        ["nothing new", [{}, {}], []],
        ["unpublish", [{}, { publishing: false }], ["unpublished unpublished"]],
        ["publish after it", [{}, { publishing: false }, {}], ["published republished"]],
        ["the first publish", [{ publishing: false }, {}], ["published published"]],
        ["a right that is taken", [{}, { mayPublish: false }], ["unpublished notAllowed"]],
        ["a right that is taken from whoever is not published", [{ publishing: false }, { publishing: false, mayPublish: false }], []],
        ["a right that comes back", [{}, { mayPublish: false }, {}], ["published republished"]],
        ["capture stop", [{}, { capturing: false }], ["captureStopped"]],
        ["capture start", [{ capturing: false }, {}], ["captureStarted"]],
        ["mute", [{}, { muted: "self" }], ["muted self"]],
        ["a moderator's mute", [{ muted: "self" }, { muted: "moderator" }], ["muted moderator"]],
        ["an end of it", [{ muted: "moderator" }, {}], ["unmuted moderator"]],
        ["a newcomer after they left", [{}, null, {}], ["memberJoined", "published published", "captureStarted"]],
        [
            "everything at once",
            [{}, { publishing: false, capturing: false, muted: "self" }],
            ["unpublished unpublished", "muted self", "captureStopped"],
        ],
    ])("of %s tells just that", (_what, changes, told) => {
        expect(lastOf(...changes)).toEqual(told);
    });

    it("publish: failed: is told once the path that stood has been gone for a while, and republished when it is back", () => {
        const steps = new Steps();
        steps.step({});
        expect(steps.step({ track: null })).toEqual([]);
        expect(steps.step({ track: null }, { settled: true }).map(short)).toEqual(["unpublished failed"]);
        expect(steps.step({ track: null }, { settled: true })).toEqual([]);
        expect(steps.step({ track: null })).toEqual([]);
        expect(steps.step({}).map(short)).toEqual(["published republished"]);
    });

    it("does not take a path that never stood for a broken one", () => {
        const steps = new Steps();
        steps.step({ track: null });
        expect(steps.step({ track: null }, { settled: true })).toEqual([]);
    });

    it.each<[string, Partial<IRemoteVoice>, Partial<IRemoteContext>]>([
        ["a moderator's mute", { muted: "moderator" }, {}],
        ["a block", { blocked: true }, {}],
        ["our own lack of the right to hear", {}, { hearing: false }],
    ])("does not take %s for a broken path", (_what, change, context) => {
        const steps = new Steps();
        steps.step({});
        const events = steps.step({ ...change, track: null }, { ...context, settled: true });
        expect(events.filter(({ type }) => type === "unpublished")).toEqual([]);
    });

    it("keeps what it is given", () => {
        const before = new Map([["bob", bob]]);
        const [, history] = remoteDiff(noHistory, before, new Steps().context);
        remoteDiff(history, new Map(), new Steps().context);
        expect([before.size, history.remotes.size, history.voices.size, noHistory.remotes.size]).toEqual([1, 1, 1, 0]);
    });
});

describe("hasMissingPath", () => {
    it.each<[boolean, string, Partial<IRemoteVoice>]>([
        [true, "published without a path", { track: null }],
        [false, "with a path", {}],
        [false, "not published", { track: null, publishing: false }],
        [false, "not allowed to", { track: null, mayPublish: false }],
        [false, "blocked", { track: null, blocked: true }],
        [false, "muted by a moderator", { track: null, muted: "moderator" }],
    ])("is %p for somebody %s", (missing, _what, change) => {
        expect(hasMissingPath(new Map([["bob", { ...bob, ...change }]]))).toBe(missing);
    });
});
