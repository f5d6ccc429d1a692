import { hasMissingPath, noHistory, remoteDiff } from "../../../../src/rtc/events/remoteDiff.js";
import type { IRemoteContext, IRemoteHistory } from "../../../../src/rtc/events/remoteDiff.js";
import type { RtcEvent } from "../../../../src/rtc/events/rtcEvents.js";
import type { IRemoteVoice, VoiceDepartureReason } from "../../../../src/transport/voiceTransport.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";
import { remoteVoice } from "../../../fakes/remoteVoice.js";

const track = new FakeTrack("voice");
const bob = remoteVoice("bob", { name: "Bob", track });
type Change = Partial<IRemoteVoice> | null;

/** Compares successive states of Bob. `step` takes the next state as changes to `bob` (null = absent), and returns the events. */
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
    it("room: user joined: emits the member's attributes and the elapsed time", () => {
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
    ] as const)("room: user left: emits %s, after unpublished with %s", (reason: VoiceDepartureReason, unpublished) => {
        const steps = new Steps();
        steps.step({});
        expect(steps.step(null, { departures: new Map([["bob", reason]]) })).toEqual([
            { type: "unpublished", id: "bob", reason: unpublished },
            { type: "memberLeft", id: "bob", reason },
        ]);
    });

    it("uses the reason quit by default, and emits no unpublished event for an unpublished voice", () => {
        expect(lastOf({ publishing: false }, null)).toEqual(["memberLeft quit"]);
    });

    it.each<[string, Change[], string[]]>([
        ["a new member who publishes and captures", [{}], ["memberJoined", "published published", "captureStarted"]],
        ["a new member who neither publishes nor captures", [{ publishing: false, capturing: false }], ["memberJoined"]],
        ["a new member who is muted", [{ muted: "self" }], ["memberJoined", "published published", "muted self", "captureStarted"]],
        ["no change", [{}, {}], []],
        ["an unpublish", [{}, { publishing: false }], ["unpublished unpublished"]],
        ["a publish after an unpublish", [{}, { publishing: false }, {}], ["published republished"]],
        ["the first publish", [{ publishing: false }, {}], ["published published"]],
        ["a revoked publish privilege", [{}, { mayPublish: false }], ["unpublished notAllowed"]],
        ["a revoked publish privilege of an unpublished member", [{ publishing: false }, { publishing: false, mayPublish: false }], []],
        ["a restored publish privilege", [{}, { mayPublish: false }, {}], ["published republished"]],
        ["a capture stop", [{}, { capturing: false }], ["captureStopped"]],
        ["a capture start", [{ capturing: false }, {}], ["captureStarted"]],
        ["a mute", [{}, { muted: "self" }], ["muted self"]],
        ["a moderator's mute", [{ muted: "self" }, { muted: "moderator" }], ["muted moderator"]],
        ["the end of a moderator's mute", [{ muted: "moderator" }, {}], ["unmuted moderator"]],
        ["a member who returns after leaving", [{}, null, {}], ["memberJoined", "published published", "captureStarted"]],
        [
            "several changes at once",
            [{}, { publishing: false, capturing: false, muted: "self" }],
            ["unpublished unpublished", "muted self", "captureStopped"],
        ],
    ])("emits exactly the events of %s", (_what, changes, told) => {
        expect(lastOf(...changes)).toEqual(told);
    });

    it("publish: failed: emits failed once when a working path stays broken, and republished when it recovers", () => {
        const steps = new Steps();
        steps.step({});
        expect(steps.step({ track: null })).toEqual([]);
        expect(steps.step({ track: null }, { settled: true }).map(short)).toEqual(["unpublished failed"]);
        expect(steps.step({ track: null }, { settled: true })).toEqual([]);
        expect(steps.step({ track: null })).toEqual([]);
        expect(steps.step({}).map(short)).toEqual(["published republished"]);
    });

    it("reports no failure of a path that was never established", () => {
        const steps = new Steps();
        steps.step({ track: null });
        expect(steps.step({ track: null }, { settled: true })).toEqual([]);
    });

    it.each<[string, Partial<IRemoteVoice>, Partial<IRemoteContext>]>([
        ["a moderator's mute", { muted: "moderator" }, {}],
        ["a block", { blocked: true }, {}],
        ["the local member's missing subscribe privilege", {}, { hearing: false }],
    ])("does not report %s as a failed path", (_what, change, context) => {
        const steps = new Steps();
        steps.step({});
        const events = steps.step({ ...change, track: null }, { ...context, settled: true });
        expect(events.filter(({ type }) => type === "unpublished")).toEqual([]);
    });

    it("does not modify its inputs", () => {
        const before = new Map([["bob", bob]]);
        const [, history] = remoteDiff(noHistory, before, new Steps().context);
        remoteDiff(history, new Map(), new Steps().context);
        expect([before.size, history.remotes.size, history.voices.size, noHistory.remotes.size]).toEqual([1, 1, 1, 0]);
    });
});

describe("hasMissingPath", () => {
    it.each<[boolean, string, Partial<IRemoteVoice>]>([
        [true, "publishing without a path", { track: null }],
        [false, "publishing with a path", {}],
        [false, "not publishing", { track: null, publishing: false }],
        [false, "not allowed to publish", { track: null, mayPublish: false }],
        [false, "blocked", { track: null, blocked: true }],
        [false, "muted by a moderator", { track: null, muted: "moderator" }],
    ])("is %p for a member %s", (missing, _what, change) => {
        expect(hasMissingPath(new Map([["bob", { ...bob, ...change }]]))).toBe(missing);
    });
});
