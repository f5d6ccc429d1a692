import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { AudioHost } from "../../../src/audio/audioHost.js";
import type { AudioState } from "../../../src/audio/audioHost.js";
import { RtcError } from "../../../src/errors/rtcError.js";

class FakeContext extends EventTarget {
    public readonly resume = jest.fn(() => new Promise<void>(() => undefined));
}

class FakeEngine {
    public state = "suspended";
    public readonly _audioContext = new FakeContext();
    public readonly resumeAsync = jest.fn(() => new Promise<void>(() => undefined));

    public change(state: string): void {
        this.state = state;
        this._audioContext.dispatchEvent(new Event("statechange"));
    }
}

let engine: FakeEngine;
let host: AudioHost;

beforeEach(() => {
    engine = new FakeEngine();
    host = AudioHost.For(engine as unknown as AudioEngineV2);
});

afterEach(() => jest.useRealTimers());

test("there is one host per engine", () => {
    expect(AudioHost.For(engine as unknown as AudioEngineV2)).toBe(host);
    expect(AudioHost.For(new FakeEngine() as unknown as AudioEngineV2)).not.toBe(host);
});

test("AudioHost.For rejects an engine that does not run on WebAudio", () => {
    const other: unknown = {};
    expect(() => AudioHost.For(other as AudioEngineV2)).toThrow("needs a WebAudio engine");
});

test("createSilentTrack throws for a disposed engine", () => {
    engine.change("closed");
    expect(() => host.createSilentTrack()).toThrow(new RtcError("disposed", "The audio engine is disposed."));
});

test("state$ replays the current state and emits each change once", () => {
    const states: AudioState[] = [];
    const subscription = host.state$.subscribe((state) => states.push(state));
    engine.change("running");
    engine.change("running");
    engine.change("interrupted");
    engine.change("suspended");
    const late: AudioState[] = [];
    host.state$.subscribe((state) => late.push(state)).unsubscribe();
    subscription.unsubscribe();
    engine.change("running");
    expect(states).toEqual(["blocked", "running", "interrupted", "blocked"]);
    expect(late).toEqual(["blocked"]);
    host.state$.subscribe((state) => late.push(state)).unsubscribe();
    expect(late).toEqual(["blocked", "running"]);
});

test("a disposed engine is interrupted, not blocked, and closed$ emits once, also to late subscribers", () => {
    const states: AudioState[] = [];
    let closed = 0;
    host.state$.subscribe((state) => states.push(state));
    host.closed$.subscribe(() => closed++);
    engine.change("running");
    expect([host.closed, closed]).toEqual([false, 0]);
    engine.change("closed");
    engine.change("closed");
    expect(states).toEqual(["blocked", "running", "interrupted"]);
    expect([host.closed, closed]).toEqual([true, 1]);
    host.closed$.subscribe(() => closed++);
    expect(closed).toBe(2);
});

describe("resumeAsync", () => {
    test("does not resume a disposed engine", async () => {
        engine.change("closed");
        await host.resumeAsync();
        expect(engine.resumeAsync).not.toHaveBeenCalled();
    });

    test("resolves after 500 ms if the browser's promise stays pending, and leaves no timer", async () => {
        jest.useFakeTimers();
        const done = host.resumeAsync();
        jest.advanceTimersByTime(500);
        await done;
        expect(jest.getTimerCount()).toBe(0);
    });

    test("calls the context's own resume each time, since Babylon would return its first promise again", async () => {
        jest.useFakeTimers();
        const calls = [host.resumeAsync(), host.resumeAsync()];
        jest.advanceTimersByTime(500);
        await Promise.all(calls);
        expect(engine._audioContext.resume).toHaveBeenCalledTimes(2);
    });

    test("resolves as soon as the context runs", async () => {
        jest.useFakeTimers();
        engine.resumeAsync.mockResolvedValue();
        engine._audioContext.resume.mockResolvedValue();
        await host.resumeAsync();
        expect(jest.getTimerCount()).toBe(0);
    });

    test("never rejects", async () => {
        engine.resumeAsync.mockRejectedValue(new Error("closed"));
        engine._audioContext.resume.mockRejectedValue(new Error("closed"));
        await expect(host.resumeAsync()).resolves.toBeUndefined();
    });

    test("does nothing if the context already runs", async () => {
        engine.state = "running";
        await host.resumeAsync();
        expect(engine.resumeAsync).not.toHaveBeenCalled();
    });
});

describe("setOutputAsync", () => {
    const failing = (name: string) => ({ setSinkId: () => Promise.reject(new DOMException("No.", name)) });

    test("sets the sink of the engine's context", async () => {
        const setSinkId = jest.fn(() => Promise.resolve());
        Object.assign(engine._audioContext, { setSinkId });
        await host.setOutputAsync("phones");
        expect(setSinkId).toHaveBeenCalledWith("phones");
    });

    test("rejects with unsupported in a browser without setSinkId", async () => {
        await expect(host.setOutputAsync("phones")).rejects.toMatchObject({ code: "unsupported" });
    });

    test.each([
        ["NotAllowedError", "microphoneDenied"],
        ["NotFoundError", "deviceNotFound"],
    ])("converts %s into %s", async (name, code) => {
        Object.assign(engine._audioContext, failing(name));
        await expect(host.setOutputAsync("phones")).rejects.toMatchObject({ code });
    });
});
