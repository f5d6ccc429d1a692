import { format, stripVTControlCharacters } from "node:util";
import createDebug from "debug";
import { BehaviorSubject, Subject, config } from "rxjs";
import type { DeviceEvent } from "../../src/capture/devices/deviceEvents.js";
import type { MicrophoneState } from "../../src/capture/microphoneState.js";
import { RtcError } from "../../src/errors/rtcError.js";
import { debugLog } from "../../src/interop/debugLog.js";
import { logPlugin } from "../../src/pluginLog.js";
import type { RoomStatus } from "../../src/room/room.js";
import type { RtcBehavior } from "../../src/rtc/rtcBehavior.js";
import type { RtcEvent } from "../../src/rtc/events/rtcEvents.js";

const secret = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.signature";

describe("logPlugin", () => {
    const status$ = new BehaviorSubject<RoomStatus>({ state: "idle" });
    const connection$ = new BehaviorSubject("disconnected");
    const events$ = new Subject<RtcEvent>();
    const audio$ = new BehaviorSubject("blocked");
    const state$ = new BehaviorSubject<MicrophoneState>({ state: "off" });
    const deviceEvents$ = new Subject<DeviceEvent>();
    const rtc = { connection$, events$, audio$, microphone: { state$, deviceEvents$ } } as unknown as RtcBehavior;
    let lines: string[];

    beforeEach(() => {
        lines = [];
        createDebug.log = (...parts: readonly unknown[]) => lines.push(stripVTControlCharacters(format(...parts)));
        createDebug.enable("babylon-rtc:*");
    });
    afterEach(() => createDebug.disable());

    it("writes a line for each change, under the namespace of its part", () => {
        const logging = logPlugin({ room: { status$ }, rtc });
        const error = new RtcError("serverUnreachable", `The server refuses ${secret}.`);
        status$.next({ state: "inRoom", room: { id: "r1", name: "lobby" }, self: { id: "me", name: "Me", attributes: {} } });
        status$.next({ state: "notAvailable", error });
        connection$.next("connected");
        audio$.next("running");
        state$.next({ state: "failed", error: new RtcError("microphoneDenied", "Allow it.") });
        deviceEvents$.next({ type: "added", device: { id: "1", label: "A microphone", kind: "input" } as never });
        events$.next({ type: "memberLeft", id: "bob", reason: "quit" });
        events$.next({ type: "error", scope: "room" as never, code: "serverUnreachable", error });
        debugLog("link", "%s: closed", "bob");
        for (const line of [
            "room status: inRoom lobby (r1)",
            "room status: notAvailable: serverUnreachable",
            "room connection: connected",
            "audio context: running",
            "microphone state: failed: microphoneDenied",
            "microphone device: added, input",
            "room event: memberLeft, bob, quit",
            "room event: error, serverUnreachable",
            "link bob: closed",
        ]) {
            expect(lines).toContainEqual(expect.stringContaining(`babylon-rtc:${line}`));
        }
        logging.unsubscribe();
    });

    it("writes neither error messages nor device names", () => {
        const logging = logPlugin({ room: { status$ }, rtc });
        status$.next({ state: "notAvailable", error: new RtcError("unauthorized", `Not with ${secret}`) });
        deviceEvents$.next({ type: "added", device: { id: "1", label: "Alice's headset", kind: "input" } as never });
        expect(lines.length).toBeGreaterThan(4);
        expect(lines.join("\n")).not.toMatch(/eyJ|Alice/);
        logging.unsubscribe();
    });

    it("survives a room source that fails", () => {
        const failing$ = new Subject<RoomStatus>();
        const logging = logPlugin({ room: { status$: failing$ }, rtc });
        const unhandled = jest.fn();
        config.onUnhandledError = unhandled;
        jest.useFakeTimers();
        failing$.error(new Error("the app's stream"));
        jest.runAllTimers();
        jest.useRealTimers();
        config.onUnhandledError = null;
        expect(unhandled).not.toHaveBeenCalled();
        connection$.next("connected again");
        expect(lines).toContainEqual(expect.stringContaining("connection: connected again"));
        logging.unsubscribe();
    });

    it("leaves no subscription behind", () => {
        logPlugin({ room: { status$ }, rtc }).unsubscribe();
        expect([status$, connection$, events$, audio$, state$, deviceEvents$].filter(({ observed }) => observed)).toEqual([]);
    });
});
