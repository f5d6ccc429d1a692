import { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { CreateAudioEngineAsync } from "@babylonjs/core/AudioV2/webAudio/webAudioEngine.js";
import { resolveAudioEngineAsync } from "../../../src/audio/resolveAudioEngine.js";

jest.mock("@babylonjs/core/AudioV2/webAudio/webAudioEngine.js", () => ({ CreateAudioEngineAsync: jest.fn() }));

/** Babylon's abstract engine class, made constructible. It adds itself to `AudioEngineV2.Instances`, and removes itself when it is disposed. */
const Fake = AudioEngineV2 as unknown as new (options: object) => AudioEngineV2;
const create = CreateAudioEngineAsync as jest.Mock;

beforeEach(() => {
    create.mockReset();
    create.mockImplementation(async () => {
        const engine = new Fake({});
        await Promise.resolve();
        return engine;
    });
});

afterEach(() => {
    for (const engine of [...AudioEngineV2.Instances]) {
        engine.dispose();
    }
});

test("uses the given engine, and never disposes it", async () => {
    const given = new Fake({});
    new Fake({});
    const resolved = await resolveAudioEngineAsync(given);
    expect(resolved).toMatchObject({ engine: given, owned: false });
    resolved.release();
    expect(AudioEngineV2.Instances).toContain(given);
});

test("without a given engine, uses the engine that the app made last, and does not dispose it", async () => {
    new Fake({});
    const last = new Fake({});
    const resolved = await resolveAudioEngineAsync();
    expect(resolved).toMatchObject({ engine: last, owned: false });
    resolved.release();
    expect(AudioEngineV2.Instances).toContain(last);
    expect(create).not.toHaveBeenCalled();
});

test("without any engine, creates one without Babylon's button and listener updates, and disposes it on release", async () => {
    const resolved = await resolveAudioEngineAsync();
    expect(resolved.owned).toBe(true);
    expect(create).toHaveBeenCalledWith({ disableDefaultUI: true, listenerAutoUpdate: false, volume: 1 });
    resolved.release();
    resolved.release();
    expect(AudioEngineV2.Instances).toHaveLength(0);
});

test("shares one engine between two concurrent callers, and disposes it on the last release", async () => {
    const [first, second] = await Promise.all([resolveAudioEngineAsync(), resolveAudioEngineAsync()]);
    expect(first.engine).toBe(second.engine);
    expect([first.owned, second.owned].filter(Boolean)).toHaveLength(1);
    first.release();
    expect(AudioEngineV2.Instances).toHaveLength(1);
    second.release();
    expect(AudioEngineV2.Instances).toHaveLength(0);
});

test("rejects with unsupported if no engine can be created", async () => {
    create.mockRejectedValue(new Error("no AudioContext here"));
    await expect(resolveAudioEngineAsync()).rejects.toMatchObject({ code: "unsupported" });
});

test.each([["given"], ["last made"]])("ignores a closed engine: the one %s", async (which) => {
    const open = new Fake({});
    const closed = new Fake({});
    Object.defineProperty(closed, "state", { value: "closed" });
    if (which === "given") {
        expect((await resolveAudioEngineAsync(closed)).engine).not.toBe(closed);
        open.dispose();
    } else {
        const made = await resolveAudioEngineAsync();
        expect(made.engine).not.toBe(closed);
        expect(made.owned).toBe(true);
        made.release();
    }
});
