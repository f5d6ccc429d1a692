import { Subject, defer } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { RtcError } from "../../../../src/errors/rtcError.js";
import type { RtcErrorCode } from "../../../../src/errors/rtcError.js";
import { rtcEvents$ } from "../../../../src/rtc/events/rtcEventStream.js";
import type { IRtcEventSources } from "../../../../src/rtc/events/rtcEventStream.js";
import type { RtcEvent } from "../../../../src/rtc/events/rtcEvents.js";
import { stayEvents$ } from "../../../../src/rtc/events/stayEvents.js";
import type { ISessionInfo, ISessionEnd } from "../../../../src/rtc/connection/sessionInfo.js";
import type { IRemoteVoice, IVoiceSession } from "../../../../src/transport/voiceTransport.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";
import { remoteVoice } from "../../../fakes/remoteVoice.js";
import { fakeMember } from "../../../../src/testing/fakeRoomSource.js";

type Helpers = Parameters<Parameters<TestScheduler["run"]>[0]>[0];

const marbles = (run: (helpers: Helpers) => void): void => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
};

const error = (code: RtcErrorCode): RtcError => new RtcError(code, "A sentence.");
const self = fakeMember("me");
const voice = (id: string, change: Partial<IRemoteVoice> = {}): IRemoteVoice =>
    remoteVoice(id, { name: id.toUpperCase(), track: new FakeTrack(id), capturing: false, ...change });
const remotes = (...voices: IRemoteVoice[]): ReadonlyMap<string, IRemoteVoice> => new Map(voices.map((each) => [each.id, each]));
const stayOf = (session: object): ISessionInfo => ({
    session: { selfId: "me", ...session } as IVoiceSession,
    room: "lobby",
    user: self,
    join: { elapsedMs: 80, again: false },
    since: 1_000,
});
const joined: RtcEvent = { type: "joined", room: "lobby", user: self, elapsedMs: 80, again: false };

/** Sources that emit only what is given. */
const sources = ({ hot }: Helpers, given: Partial<IRtcEventSources>): IRtcEventSources => ({
    info$: hot("-"),
    ends$: hot("-"),
    connection$: hot("-"),
    members$: hot("-"),
    engineErrors$: hot("-"),
    roomErrors$: hot("-"),
    stayEvents$,
    ...given,
});
const quietSession = (helpers: Helpers, given: object = {}): object => ({ muted$: helpers.hot("-"), remotes$: helpers.hot("-"), ...given });

describe("rtcEvents$", () => {
    beforeEach(() => jest.spyOn(performance, "now").mockReturnValue(1_250));
    afterEach(() => jest.restoreAllMocks());

    it("room: join and leave: emits joined with elapsedMs and again, and left with the reason", () => {
        marbles((helpers) => {
            const { hot, expectObservable } = helpers;
            const stay = stayOf(quietSession(helpers));
            const again = { ...stay, join: { elapsedMs: 900, again: true } };
            const lost = error("serverUnreachable");
            const info$ = hot("n-s--n-a--n", { n: null, s: stay, a: again });
            const ends$ = hot<ISessionEnd>("-----x----y", {
                x: { room: "lobby", reason: "lost", error: lost },
                y: { room: "lobby", reason: "left" },
            });
            expectObservable(rtcEvents$(sources(helpers, { info$, ends$ }))).toBe("--j--x-a--y", {
                j: joined,
                x: { type: "left", room: "lobby", reason: "lost", error: lost },
                a: { ...joined, elapsedMs: 900, again: true },
                y: { type: "left", room: "lobby", reason: "left" },
            });
        });
    });

    it("does not replay earlier events to a new subscriber", () => {
        marbles((helpers) => {
            const { cold, hot, expectObservable } = helpers;
            const remotes$ = cold("r---q", { r: remotes(voice("bob")), q: remotes(voice("bob", { muted: "self" })) });
            const info$ = hot("s", { s: stayOf(quietSession(helpers, { remotes$ })) });
            const connection$ = hot("c", { c: "connected" as const });
            expectObservable(rtcEvents$(sources(helpers, { info$, connection$ }))).toBe("----m", {
                m: { type: "muted", id: "bob", by: "self" },
            });
        });
    });

    it("room: user joined / user left: emits the room's member and the reason, but nothing for members already present", () => {
        marbles((helpers) => {
            const { cold, hot, expectObservable } = helpers;
            const bob = { id: "bob", name: "Bobby", attributes: { team: "red" } };
            const [alice, come] = [voice("alice", { publishing: false }), voice("bob", { publishing: false })];
            // The list at the start of the stay, then the changes.
            const remotes$ = cold("    a-b---c", { a: remotes(alice), b: remotes(alice, come), c: remotes(alice) });
            const departures$ = cold(" ------d", { d: { id: "bob", reason: "dropped" } });
            const info$ = hot("       s", { s: stayOf(quietSession(helpers, { remotes$, departures$ })) });
            const members$ = cold("    m", { m: new Map([["bob", bob]]) });
            expectObservable(rtcEvents$(sources(helpers, { info$, members$ }))).toBe("--b---c", {
                b: { type: "memberJoined", member: bob, elapsedMs: 250 },
                c: { type: "memberLeft", id: "bob", reason: "dropped" },
            });
        });
    });

    it("emits no events for the other members when the local member leaves", () => {
        marbles((helpers) => {
            const { cold, hot, expectObservable } = helpers;
            const remotes$ = cold("a-b", { a: remotes(voice("bob")), b: remotes() });
            const info$ = hot("   s-n", { s: stayOf(quietSession(helpers, { remotes$ })), n: null });
            const ends$ = hot("   --x", { x: { room: "lobby", reason: "left" as const } });
            // As in the real connection, the stay ends before its member list becomes empty.
            expectObservable(rtcEvents$(sources(helpers, { info$, ends$ }))).toBe("--(x)", {
                x: { type: "left", room: "lobby", reason: "left" },
            });
        });
    });

    it("publish: emits failed after a second without a path, and republished when the path recovers", () => {
        marbles((helpers) => {
            const { cold, hot, expectObservable } = helpers;
            const there = voice("bob");
            const remotes$ = cold("a 9ms b 1999ms a", { a: remotes(there), b: remotes({ ...there, track: null }) });
            const info$ = hot("s", { s: stayOf(quietSession(helpers, { remotes$ })) });
            expectObservable(rtcEvents$(sources(helpers, { info$ })), "^ 3s !").toBe("1010ms f 999ms r", {
                f: { type: "unpublished", id: "bob", reason: "failed" },
                r: { type: "published", id: "bob", reason: "republished" },
            });
        });
    });

    it("publish: emits left, not failed, when the path closes shortly before the member leaves", () => {
        marbles((helpers) => {
            const { cold, hot, expectObservable } = helpers;
            const there = voice("bob");
            const remotes$ = cold("a 9ms b 99ms c", { a: remotes(there), b: remotes({ ...there, track: null }), c: remotes() });
            const info$ = hot("s", { s: stayOf(quietSession(helpers, { remotes$ })) });
            expectObservable(rtcEvents$(sources(helpers, { info$ })), "^ 3s !").toBe("110ms (ul)", {
                u: { type: "unpublished", id: "bob", reason: "left" },
                l: { type: "memberLeft", id: "bob", reason: "quit" },
            });
        });
    });

    it("mute: emits the local member's mutes, by the member and by a moderator", () => {
        marbles((helpers) => {
            const { cold, hot, expectObservable } = helpers;
            const muted$ = cold("n-s-m-n", { n: "no", s: "self", m: "moderator" });
            const info$ = hot("s", { s: stayOf(quietSession(helpers, { muted$ })) });
            expectObservable(rtcEvents$(sources(helpers, { info$ }))).toBe("--s-m-n", {
                s: { type: "muted", id: "me", by: "self" },
                m: { type: "muted", id: "me", by: "moderator" },
                n: { type: "unmuted", id: "me", by: "moderator" },
            });
        });
    });

    it("token: emits expiring and renewed notices, and a moderator's invitation to unmute", () => {
        marbles((helpers) => {
            const { cold, hot, expectObservable } = helpers;
            const notices$ = cold("-e-r-u", {
                e: { type: "expiring", expiresAt: 7 },
                r: { type: "renewed", expiresAt: 9 },
                u: { type: "unmuteInvited", by: "bob" },
            });
            const info$ = hot("s", { s: stayOf(quietSession(helpers, { notices$ })) });
            expectObservable(rtcEvents$(sources(helpers, { info$ }))).toBe("-e-r-u", {
                e: { type: "tokenExpiring", expiresAt: 7 },
                r: { type: "tokenRenewed", expiresAt: 9 },
                u: { type: "unmuteInvited", by: "bob" },
            });
        });
    });

    it("room: connection state: emits connecting, connected, reconnecting, reconnected and lost", () => {
        marbles((helpers) => {
            const { hot, expectObservable } = helpers;
            const states = { d: "disconnected", c: "connecting", o: "connected", r: "reconnecting", l: "lost" } as const;
            const connection$ = hot("d-c-o-r-o-r-l-o-d", states);
            const told = Object.fromEntries(Object.entries(states).map(([key, state]) => [key, { type: "connection", state }]));
            expectObservable(rtcEvents$(sources(helpers, { connection$ }))).toBe("--c-o-r-b-r-l-b-d", {
                ...told,
                b: { type: "connection", state: "reconnected" },
            });
        });
    });

    it.each([
        ["microphoneDenied", "error"],
        ["unsupported", "error"],
        ["disposed", "error"],
        ["duplicateIdentity", "error"],
        ["tokenExpired", "error"],
        ["audioBlocked", "warning"],
        ["linkFailed", "warning"],
        ["serverUnreachable", "warning"],
        ["serverBusy", "warning"],
    ] as const)("errors: emits %s with its code as %s, once for the engine and once for the room", (code, type) => {
        marbles((helpers) => {
            const { hot, expectObservable } = helpers;
            const failure = error(code);
            const engineErrors$ = hot("-e-e", { e: failure });
            const roomErrors$ = hot("  ----r", { r: failure });
            expectObservable(rtcEvents$(sources(helpers, { engineErrors$, roomErrors$ }))).toBe("-e--r", {
                e: { type, scope: "engine", code, error: failure },
                r: { type, scope: "room", code, error: failure },
            });
        });
    });

    it("subscribes to no source without subscribers, and once for all subscribers", () => {
        const watched = { muted$: new Subject(), remotes$: new Subject(), departures$: new Subject(), notices$: new Subject() };
        let looks = 0;
        const remotes$ = defer(() => {
            looks++;
            return watched.remotes$;
        });
        const info$ = new Subject<ISessionInfo | null>();
        const quiet = new Subject<never>();
        const members$ = new Subject<never>();
        const silent = { ends$: quiet, connection$: quiet, engineErrors$: quiet, roomErrors$: quiet };
        const events$ = rtcEvents$({ info$, members$, ...silent, stayEvents$ });
        expect(info$.observed).toBe(false);
        const listeners = [events$.subscribe(), events$.subscribe()];
        info$.next(stayOf({ ...watched, remotes$ }));
        expect(Object.values(watched).every(({ observed }) => observed)).toBe(true);
        expect(looks).toBe(1);
        listeners.forEach((listener) => listener.unsubscribe());
        expect([info$, quiet, members$, ...Object.values(watched)].some(({ observed }) => observed)).toBe(false);
    });
});
