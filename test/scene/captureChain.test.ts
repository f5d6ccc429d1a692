import { AudioHost } from "../../src/audio/audioHost.js";
import { CaptureChain } from "../../src/capture/pipeline/captureChain.js";
import { plainPlan } from "../../src/capture/pipeline/capturePlan.js";
import type { WayToTalk } from "../../src/capture/talk/talkMode.js";
import { defaultTalkOptions } from "../../src/capture/talk/talkOptions.js";
import { deferred } from "../fakes/deferred.js";
import { FakeTrack, fakeStream } from "../fakes/fakeMedia.js";
import { AudioScene, Settle } from "./audioScene.js";

/** Plays what is sent, since node-web-audio-api has no `MediaStreamAudioDestinationNode`. */
class PlayedDestination extends GainNode {
    public readonly stream = fakeStream(new FakeTrack());

    public constructor(context: BaseAudioContext) {
        super(context);
        this.connect(context.destination);
    }
}

describe("CaptureChain", () => {
    let world: AudioScene;
    let chain: CaptureChain;

    beforeEach(async () => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance", "Date"] });
        Object.assign(globalThis, { MediaStreamAudioDestinationNode: PlayedDestination });
        world = await AudioScene.CreateAsync();
    });

    afterEach(() => {
        chain.dispose();
        world.dispose();
        Reflect.deleteProperty(globalThis, "MediaStreamAudioDestinationNode");
        jest.useRealTimers();
    });

    const makeAsync = async (way: WayToTalk): Promise<void> => {
        const made = await CaptureChain.CreateAsync(
            AudioHost.For(world.audioEngine),
            world.track,
            { ...plainPlan, way },
            false,
            () => undefined,
        );
        if ("part" in made) {
            throw made.error;
        }
        chain = made;
    };

    test.each(["open", "pushToMute"] as const)(
        "sends nothing while the gate of voiceActivity is loaded, and sends as in %s again if that fails",
        async (way) => {
            await makeAsync(way);
            const loading = deferred();
            const opened: boolean[] = [];
            chain.open$.subscribe((open) => opened.push(open));
            let change: Promise<void> | null = null;
            jest.spyOn(world.context.audioWorklet, "addModule").mockReturnValue(loading.promise);
            await world.renderAsync({
                0.3: () => {
                    change = chain.setWayToTalkAsync("voiceActivity", defaultTalkOptions);
                    // A button is ignored until then.
                    chain.setHeld(true);
                    chain.setHeld(false);
                },
                0.6: async () => {
                    loading.reject(new Error("no worklets"));
                    await expect(change).rejects.toMatchObject({ code: "unsupported" });
                },
            });
            expect(opened).toEqual([true, false, true]);
            expect(chain.settings).toMatchObject({ way });
            const levels = [0.25, 0.3 + Settle - 0.06, 0.9].map((seconds) => world.earsAt(seconds).left);
            expect(levels[0]).toBeGreaterThan(0.5);
            expect(levels[1]).toBeCloseTo(0, 5);
            expect(levels[2]).toBeCloseTo(levels[0] ?? 0, 5);
        },
    );

    test.each([40, 500])(
        "sends nothing that is said after a change from open to pushToTalk, with a pre-roll of %d ms",
        async (preRollMs) => {
            await makeAsync("open");
            await world.renderAsync({ 0.3: () => chain.setWayToTalkAsync("pushToTalk", { ...defaultTalkOptions, preRollMs }) });
            expect(world.earsAt(0.25).left).toBeGreaterThan(0.5);
            expect(world.earsAt(0.3 + Settle - 0.06).left).toBeCloseTo(0, 5);
        },
    );

    test("creates the ear monitor anew after Babylon could not create its sound source", async () => {
        await makeAsync("open");
        const create = jest.spyOn(world.audioEngine, "createSoundSourceAsync").mockRejectedValueOnce(new Error("no source"));
        const levels = { volume: 1, monitorVolume: 1 };
        await expect(chain.setLevelsAsync(levels)).rejects.toMatchObject({ code: "unknown" });
        await chain.setLevelsAsync(levels);
        await chain.setLevelsAsync(levels);
        expect(create).toHaveBeenCalledTimes(2);
        const sources = world.audioEngine.nodes.size;
        chain.dispose();
        await Promise.resolve();
        await Promise.resolve();
        expect(world.audioEngine.nodes.size).toBe(sources - 1);
    });
});
