import { BehaviorSubject, EMPTY, Subject } from "rxjs";
import type { IRtcPeer } from "../../../protocol/wire.js";
import type { RtcError } from "../../../src/errors/rtcError.js";
import type { IControlState } from "../../../src/transport/control/controlSession.js";
import type { IMediaPlane, PlaneState } from "../../../src/transport/mediaPlane.js";
import { VoiceSession, hearing$, probeBy } from "../../../src/transport/voiceSession.js";
import { fakeControl, rtcPeer } from "../../fakes/fakeControl.js";
import { FakeTrack } from "../../fakes/fakeMedia.js";
import { settleAsync } from "../../fakes/settle.js";

const self = rtcPeer("alice", 1);
const stateOf = (...peers: IRtcPeer[]): IControlState => ({
    peers: new Map(peers.map((peer) => [peer.id, peer])),
    blocked: new Set(),
    wanted: new Map(),
});

describe("A voice session whose plane fails", () => {
    let room: BehaviorSubject<IControlState>;
    let published: (MediaStreamTrack | null)[];
    let failure: Error | null;
    let linkFailure: Error | null;
    let closed: number;
    let left: number;
    let session: VoiceSession;

    beforeEach(() => {
        room = new BehaviorSubject(stateOf(self));
        published = [];
        failure = linkFailure = null;
        closed = left = 0;
        const plane: IMediaPlane = {
            state$: new BehaviorSubject<PlaneState>("connected"),
            tracks$: new BehaviorSubject<ReadonlyMap<string, MediaStreamTrack>>(new Map()),
            error$: EMPTY,
            openAsync: async () => undefined,
            setPeers: () => {
                if (linkFailure) {
                    throw linkFailure;
                }
            },
            publishAsync: async (track) => {
                if (failure) {
                    throw failure;
                }
                published.push(track);
            },
            setInterest: () => undefined,
            statisticsAsync: async () => new Map(),
            close: () => closed++,
        };
        const control = fakeControl(self, room, {
            leaveAsync: async () => {
                left++;
            },
        });
        session = new VoiceSession(control, plane);
    });

    it("is lost if the plane cannot stop our voice after a moderator's mute", async () => {
        const microphone = new FakeTrack("microphone");
        const errors: RtcError[] = [];
        const states: string[] = [];
        session.error$.subscribe((error) => errors.push(error));
        session.state$.subscribe((state) => states.push(state));
        await session.publishAsync(microphone);
        failure = new Error("the sender is gone");
        room.next(stateOf({ ...self, muted: "moderator" }));
        await settleAsync();
        expect(published).toEqual([microphone]);
        expect(states).toEqual(["connected", "lost"]);
        expect(errors).toMatchObject([{ code: "unknown", cause: failure }]);
        expect([closed, left]).toEqual([1, 1]);
    });

    it("still emits the member list on each change", async () => {
        const bob = { ...self, id: "bob", name: "Bob", peerId: "bob-2", order: 2 };
        let seen: readonly string[] = [];
        session.remotes$.subscribe((remotes) => (seen = [...remotes.keys()]));
        const reported = jest.spyOn(globalThis, "setTimeout").mockImplementation(() => 0 as never);
        linkFailure = new Error("one of the links");
        room.next(stateOf(self, bob));
        linkFailure = null;
        room.next(stateOf(self, bob, { ...bob, id: "carol", peerId: "carol-3" }));
        reported.mockRestore();
        expect(seen).toEqual(["bob", "carol"]);
        await session.leaveAsync();
    });
});

describe("A voice session whose RTC room reconnects", () => {
    it("renews signalling that was opened before the interruption", () => {
        const away = new BehaviorSubject(false);
        const renewed: number[] = [];
        const plane: IMediaPlane = {
            state$: new BehaviorSubject<PlaneState>("connected"),
            tracks$: new BehaviorSubject<ReadonlyMap<string, MediaStreamTrack>>(new Map()),
            error$: EMPTY,
            openAsync: async () => undefined,
            setPeers: () => undefined,
            publishAsync: async () => undefined,
            setInterest: () => undefined,
            renewSignalling: (before) => renewed.push(before),
            statisticsAsync: async () => new Map(),
            close: () => undefined,
        };
        const session = new VoiceSession(fakeControl(self, new BehaviorSubject(stateOf(self)), { away$: away }), plane);
        const begin = performance.now();
        away.next(true);
        const gone = performance.now();
        away.next(false);
        expect(renewed.filter((before) => before >= begin && before <= gone)).toHaveLength(1);
        expect(renewed.filter((before) => before > 0)).toHaveLength(1);
        void session.leaveAsync();
    });
});

describe("probeBy", () => {
    it("probes the server when all voices stop, and extends the probe when one returns", () => {
        const hears = new Subject<boolean>();
        const calls: string[] = [];
        const probing = probeBy(hears, { probe: () => calls.push("probe"), extendProbe: () => calls.push("extendProbe") });
        hears.next(false);
        expect(calls).toEqual(["probe"]);
        hears.next(true);
        expect(calls).toEqual(["probe", "extendProbe"]);
        probing.unsubscribe();
        hears.next(false);
        expect(calls).toHaveLength(2);
    });
});

describe("hearing$", () => {
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    it.each<[string, (boolean | null)[], boolean[]]>([
        ["false once when all voices stop", [true, true, false, false, false], [false]],
        ["false and true when voices stop and return", [true, false, true, false], [false, true, false]],
        ["nothing when there is no link any more", [true, null, null], []],
        ["nothing if no voice was heard", [null, false, false], []],
    ])("emits %s", (_what, heard, expected) => {
        const told: boolean[] = [];
        const answers = [...heard];
        const subscription = hearing$({ hearsAnybody: () => answers.shift() ?? null }).subscribe((hears) => told.push(hears));
        jest.advanceTimersByTime(500 * heard.length);
        expect(told).toEqual(expected);
        subscription.unsubscribe();
        expect(jest.getTimerCount()).toBe(0);
    });
});
