import { BehaviorSubject, NEVER, firstValueFrom, merge, of, take } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../../../src/audio/audioHost.js";
import type { MicrophoneState } from "../../../../src/capture/microphoneState.js";
import type { AudioProcessorFactory, IAudioProcessor } from "../../../../src/capture/pipeline/audioProcessor.js";
import { CapturePipeline } from "../../../../src/capture/pipeline/capturePipeline.js";
import type { IChainFault } from "../../../../src/capture/pipeline/captureChain.js";
import type { ICaptureLevels, ICapturePlan, IPartSettings, StageName } from "../../../../src/capture/pipeline/capturePlan.js";
import { defaultTalkOptions } from "../../../../src/capture/talk/talkOptions.js";
import { RtcError } from "../../../../src/errors/rtcError.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";
import { deferred } from "../../../fakes/deferred.js";
import type { IDeferred } from "../../../fakes/deferred.js";
import { settleAsync } from "../../../fakes/settle.js";

/** A chain without an audio graph. */
class FakeChain {
    public readonly track = new FakeTrack("chain");
    public readonly open$ = of(true);
    public readonly inputLevel$ = NEVER;
    public readonly delaySeconds = 0;
    public readonly plan: ICapturePlan;
    public readonly levels: ICaptureLevels[] = [];
    public readonly inputs: (string | null)[] = [];
    public settings: IPartSettings;
    public disposed = false;
    private readonly _changes = new Map<StageName, object>();

    constructor(plan: ICapturePlan) {
        this.plan = plan;
        this.settings = { ...plan, suppressor: null };
    }

    async setStageAsync(name: StageName, make: AudioProcessorFactory | null): Promise<void> {
        const change = {};
        this._changes.set(name, change);
        if (make) {
            await make({} as AudioContext);
        }
        if (change === this._changes.get(name)) {
            this.settings = { ...this.settings, [name]: make };
        }
    }

    setWayToTalkAsync(): Promise<void> {
        return Promise.reject(new RtcError("unsupported", "no worklets"));
    }

    async setLevelsAsync({ volume, monitorVolume }: ICaptureLevels): Promise<void> {
        this.levels.push({ volume, monitorVolume });
        await Promise.resolve();
    }

    async untilPauseAsync(overtaken$: Observable<unknown>): Promise<void> {
        await firstValueFrom(merge(mockPause.promise, overtaken$));
    }

    setHeld(): void {
        // No-op: this chain has no push-to-talk.
    }

    setInput(track: MediaStreamTrack | null): void {
        this.inputs.push(track?.label ?? null);
    }

    dispose(): void {
        this.disposed = true;
    }
}

let mockPause: IDeferred<void>;
let mockMade: FakeChain[];

jest.mock("../../../../src/capture/pipeline/captureChain.js", () => ({
    CaptureChain: {
        CreateAsync: async (_host: unknown, _track: unknown, plan: ICapturePlan): Promise<FakeChain | IChainFault> => {
            try {
                await plan.processor?.({} as AudioContext);
            } catch (error) {
                return { part: "processor", error };
            }
            const chain = new FakeChain(plan);
            mockMade.push(chain);
            return chain;
        },
    },
}));

describe("CapturePipeline", () => {
    const broken: AudioProcessorFactory = () => {
        throw new Error("no WebAssembly");
    };
    const captured = new FakeTrack("captured");
    let state$: BehaviorSubject<MicrophoneState>;
    let pipeline: CapturePipeline;
    let errors: string[];
    let sent: (string | undefined)[];

    beforeEach(() => {
        mockPause = deferred();
        mockPause.resolve();
        mockMade = [];
        errors = [];
        sent = [];
        state$ = new BehaviorSubject<MicrophoneState>({ state: "off" });
        pipeline = new CapturePipeline(of({} as unknown as AudioHost), state$);
        pipeline.errors$.subscribe(({ message }) => errors.push(message));
        pipeline.track$.subscribe((track) => sent.push(track?.label));
    });

    it("sends the captured track and builds no chain while there is nothing to process", async () => {
        state$.next({ state: "live", track: captured });
        await settleAsync();
        expect(sent).toEqual([undefined, "captured"]);
        expect(mockMade).toHaveLength(0);
    });

    it("sends the chain's track after the first change, and disposes the chain when the microphone stops", async () => {
        state$.next({ state: "live", track: captured });
        pipeline.setLevels({ volume: 2 });
        await settleAsync();
        expect(sent.at(-1)).toBe("chain");
        expect(mockMade[0]?.levels).toEqual([{ volume: 2, monitorVolume: 0 }]);
        state$.next({ state: "off" });
        expect(mockMade[0]?.disposed).toBe(true);
        expect(sent.at(-1)).toBeUndefined();
    });

    it.each([
        ["disconnects the track from the chain", [false], [null]],
        ["reconnects the track if it stays in use", [true], [null, "captured"]],
        ["leaves the track disconnected if another fade-out has started meanwhile", [true, false], [null, null]],
    ])("hushAsync %s", async (_what, overtaken, inputs) => {
        state$.next({ state: "live", track: captured });
        pipeline.setLevels({ volume: 2 });
        await settleAsync();
        const before = mockMade[0]?.inputs.length;
        await Promise.all(overtaken.map((is) => pipeline.hushAsync(() => is)));
        expect(mockMade[0]?.inputs.slice(before)).toEqual(inputs);
    });

    it("sends nothing while the volume is 0, also before the chain is ready", async () => {
        mockPause = deferred();
        state$.next({ state: "live", track: captured });
        pipeline.setLevels({ volume: 0 });
        expect(sent).toEqual([undefined, "captured", undefined]);
        // Without a sent track, there is no pause to wait for.
        await settleAsync();
        expect(sent.at(-1)).toBe("chain");
    });

    it("builds one chain while levels change, and applies the last levels", async () => {
        mockPause = deferred();
        state$.next({ state: "live", track: captured });
        for (const volume of [2, 3, 4]) {
            pipeline.setLevels({ volume });
            await settleAsync();
        }
        mockPause.resolve();
        await settleAsync();
        expect(mockMade).toHaveLength(1);
        expect(mockMade[0]?.levels).toEqual([{ volume: 4, monitorVolume: 0 }]);
    });

    it("disposes an unfinished chain if a later setStageAsync makes it unnecessary", async () => {
        mockPause = deferred();
        state$.next({ state: "live", track: captured });
        const first = pipeline.setStageAsync("highPass", broken);
        await settleAsync();
        await Promise.all([first, pipeline.setStageAsync("highPass", null)]);
        expect(mockMade.map(({ disposed }) => disposed)).toEqual([true]);
        expect(sent).toEqual([undefined, "captured"]);
    });

    it("disposes each unfinished chain as soon as a later setStageAsync supersedes it", async () => {
        mockPause = deferred();
        state$.next({ state: "live", track: captured });
        const changes: Promise<void>[] = [];
        for (let change = 0; change < 4; change++) {
            changes.push(pipeline.setStageAsync("highPass", () => ({}) as IAudioProcessor));
            await settleAsync();
        }
        expect(mockMade.map(({ disposed }) => disposed)).toEqual([true, true, true, false]);
        expect(sent).toEqual([undefined, "captured"]);
        mockPause.resolve();
        await Promise.all(changes);
        expect(sent).toEqual([undefined, "captured", "chain"]);
    });

    it("rejects a suppressor that fails to start once, and accepts later changes while the microphone is off", async () => {
        state$.next({ state: "live", track: captured });
        await expect(pipeline.setStageAsync("suppressor", broken)).rejects.toMatchObject({ code: "unknown" });
        expect(pipeline.plan.suppressor).toBeNull();
        expect(errors).toEqual(["The noise suppressor could not start, so noise is sent as well."]);
        state$.next({ state: "off" });
        await expect(pipeline.setStageAsync("suppressor", null)).resolves.toBeUndefined();
    });

    it("sends without a suppressor that fails when the microphone starts, and emits an error", async () => {
        await pipeline.setStageAsync("suppressor", broken);
        state$.next({ state: "live", track: captured });
        await settleAsync();
        expect(sent.at(-1)).toBe("chain");
        expect(pipeline.plan.suppressor).toBeNull();
        expect(errors).toEqual(["The noise suppressor could not start, so noise is sent as well."]);
    });

    it("keeps the previous way to talk if the new one cannot be set, and emits an error", async () => {
        pipeline.setWay("pushToTalk", defaultTalkOptions);
        state$.next({ state: "live", track: captured });
        await settleAsync();
        pipeline.setWay("voiceActivity", { ...defaultTalkOptions, hangoverMs: 100 });
        await settleAsync();
        expect(pipeline.plan).toMatchObject({ way: "pushToTalk", talkOptions: defaultTalkOptions });
        expect(errors).toEqual(["no worklets"]);
    });

    describe("builds the chain for the other changes if one of several concurrent changes fails:", () => {
        const lost = "The microphone's processor could not start, so nothing is sent.";
        const kept: AudioProcessorFactory = () => ({}) as IAudioProcessor;

        beforeEach(() => state$.next({ state: "live", track: captured }));

        it.each(["while", "after"])("a talk mode, then a processor %s the chain is built", async (when) => {
            pipeline.setWay("pushToTalk", defaultTalkOptions);
            await (when === "while" ? null : settleAsync());
            const failing = deferred<IAudioProcessor>();
            const processor = pipeline.setStageAsync("processor", () => failing.promise);
            failing.reject(new Error("no WebAssembly"));
            await expect(processor).rejects.toMatchObject({ code: "unknown" });
            expect(pipeline.plan).toMatchObject({ way: "pushToTalk", processor: null });
            expect(mockMade.at(-1)).toMatchObject({ disposed: false, plan: { way: "pushToTalk", processor: null } });
            expect(sent.at(-1)).toBe("chain");
        });

        it("a processor, then a talk mode", async () => {
            const processor = pipeline.setStageAsync("processor", broken);
            pipeline.setWay("pushToTalk", defaultTalkOptions);
            await expect(processor).rejects.toMatchObject({ code: "unknown" });
            await settleAsync();
            expect(pipeline.plan).toMatchObject({ way: "pushToTalk", processor: null });
            expect(mockMade.map(({ plan, disposed }) => [plan.way, disposed])).toEqual([["pushToTalk", false]]);
            expect(errors).toEqual([lost]);
        });

        it("a volume, then a processor", async () => {
            pipeline.setLevels({ volume: 2 });
            await expect(pipeline.setStageAsync("processor", broken)).rejects.toMatchObject({ code: "unknown" });
            expect(sent.at(-1)).toBe("chain");
            expect(mockMade.at(-1)?.levels).toEqual([{ volume: 2, monitorVolume: 0 }]);
        });

        it("two processors, of which neither is in effect afterwards", async () => {
            const first = pipeline.setStageAsync("processor", kept);
            await expect(pipeline.setStageAsync("processor", broken)).rejects.toMatchObject({ code: "unknown" });
            await first;
            expect(pipeline.plan.processor).toBeNull();
            expect(sent.at(-1)).toBe("captured");
        });
    });

    describe("if the microphone is stopped and started again while a processor is created,", () => {
        let calls: IDeferred<IAudioProcessor>[];
        let change: Promise<void>;

        beforeEach(async () => {
            calls = [];
            pipeline.setWay("pushToTalk", defaultTalkOptions);
            state$.next({ state: "live", track: captured });
            await settleAsync();
            change = pipeline.setStageAsync("processor", () => {
                const call = deferred<IAudioProcessor>();
                calls.push(call);
                return call.promise;
            });
            // A test awaits the rejection later.
            change.catch(() => undefined);
            state$.next({ state: "off" });
            state$.next({ state: "live", track: captured });
            await settleAsync();
            expect(calls).toHaveLength(2);
        });

        const expectFailedAsync = async (): Promise<void> => {
            await expect(change).rejects.toMatchObject({ code: "unknown" });
            expect(pipeline.plan).toMatchObject({ way: "pushToTalk", processor: null });
            expect(mockMade.filter(({ disposed }) => !disposed)).toMatchObject([{ plan: { way: "pushToTalk", processor: null } }]);
            expect(sent.at(-1)).toBe("chain");
        };

        it.each([
            ["first", 0, 1],
            ["second", 1, 0],
        ])("sends a chain without it when the %s call fails, then the other", async (_which, one, other) => {
            for (const call of [one, other]) {
                calls[call]?.reject(new Error("no WebAssembly"));
                await settleAsync();
            }
            await expectFailedAsync();
        });

        it("sends a chain without it even though the second call succeeds", async () => {
            calls[0]?.reject(new Error("no WebAssembly"));
            await settleAsync();
            calls[1]?.resolve({} as IAudioProcessor);
            await settleAsync();
            await expectFailedAsync();
        });

        it("rejects if the second call fails, even though the first one succeeds", async () => {
            calls[0]?.resolve({} as IAudioProcessor);
            await settleAsync();
            calls[1]?.reject(new Error("no WebAssembly"));
            await settleAsync();
            await expectFailedAsync();
        });

        it("resolves if the second call succeeds, even though the first one then fails", async () => {
            calls[1]?.resolve({} as IAudioProcessor);
            await settleAsync();
            calls[0]?.reject(new Error("no WebAssembly"));
            await expect(change).resolves.toBeUndefined();
            expect(pipeline.plan.processor).not.toBeNull();
            expect(mockMade.at(-1)).toMatchObject({ disposed: false, settings: { processor: pipeline.plan.processor } });
        });
    });

    describe("keeps the previous suppressor if another one fails", () => {
        const good: AudioProcessorFactory = () => ({}) as IAudioProcessor;
        let failing: IDeferred<IAudioProcessor>[];
        const makeFailing: AudioProcessorFactory = () => {
            const call = deferred<IAudioProcessor>();
            failing.push(call);
            return call.promise;
        };
        const expectKeptAsync = async (change: Promise<void>, kept: AudioProcessorFactory | null): Promise<void> => {
            await expect(change).rejects.toMatchObject({ code: "unknown" });
            await settleAsync();
            expect(pipeline.plan.suppressor).toBe(kept);
            expect(mockMade.at(-1)).toMatchObject({ disposed: false, settings: { suppressor: kept } });
        };

        beforeEach(() => (failing = []));

        it("while the chain is built", async () => {
            mockPause = deferred();
            await pipeline.setStageAsync("suppressor", good);
            state$.next({ state: "live", track: captured });
            await settleAsync();
            const change = pipeline.setStageAsync("suppressor", broken);
            mockPause.resolve();
            await expectKeptAsync(change, good);
            expect(errors).toEqual(["The noise suppressor could not start, so noise is sent as well."]);
        });

        it("while the previous one is created", async () => {
            const calls: IDeferred<IAudioProcessor>[] = [];
            const slow: AudioProcessorFactory = () => {
                const call = deferred<IAudioProcessor>();
                calls.push(call);
                return call.promise;
            };
            await pipeline.setStageAsync("suppressor", slow);
            state$.next({ state: "live", track: captured });
            await settleAsync();
            const change = pipeline.setStageAsync("suppressor", broken);
            await settleAsync();
            calls.forEach((call) => call.resolve({} as IAudioProcessor));
            await expectKeptAsync(change, slow);
        });

        it("in the same turn after the previous one was removed", async () => {
            await pipeline.setStageAsync("suppressor", good);
            state$.next({ state: "live", track: captured });
            await settleAsync();
            const removal = pipeline.setStageAsync("suppressor", null);
            await expectKeptAsync(pipeline.setStageAsync("suppressor", broken), null);
            await removal;
        });

        it.each([
            ["first", 0, good],
            ["second", 1, good],
            ["first", 0, null],
            ["second", 1, null],
        ])("in the %s of two chains, because the microphone was restarted meanwhile (%#)", async (_which, one, before) => {
            pipeline.setWay("pushToTalk", defaultTalkOptions);
            await pipeline.setStageAsync("suppressor", before);
            state$.next({ state: "live", track: captured });
            await settleAsync();
            const change = pipeline.setStageAsync("suppressor", makeFailing);
            state$.next({ state: "off" });
            state$.next({ state: "live", track: captured });
            await settleAsync();
            expect(failing).toHaveLength(2);
            failing[one]?.reject(new Error("no WebAssembly"));
            // Awaited below.
            change.catch(() => undefined);
            await settleAsync();
            failing[1 - one]?.resolve({} as IAudioProcessor);
            await expectKeptAsync(change, before);
        });

        it("but not if the chain after a restart of the microphone has the new one", async () => {
            pipeline.setWay("pushToTalk", defaultTalkOptions);
            await pipeline.setStageAsync("suppressor", good);
            state$.next({ state: "live", track: captured });
            await settleAsync();
            const change = pipeline.setStageAsync("suppressor", makeFailing);
            state$.next({ state: "off" });
            state$.next({ state: "live", track: captured });
            await settleAsync();
            failing[1]?.resolve({} as IAudioProcessor);
            await settleAsync();
            failing[0]?.reject(new Error("no WebAssembly"));
            await expect(change).resolves.toBeUndefined();
            expect(pipeline.plan.suppressor).toBe(makeFailing);
            expect(mockMade.at(-1)?.settings.suppressor).toBe(makeFailing);
        });
    });

    it("sends without a processor that the app removes when it is told that the processor failed", async () => {
        const removals: Promise<void>[] = [];
        pipeline.errors$.pipe(take(1)).subscribe(() => removals.push(pipeline.setStageAsync("processor", null)));
        pipeline.setWay("pushToTalk", defaultTalkOptions);
        await pipeline.setStageAsync("processor", broken);
        state$.next({ state: "live", track: captured });
        await settleAsync();
        await Promise.all(removals);
        expect(removals).toHaveLength(1);
        expect(pipeline.plan).toMatchObject({ way: "pushToTalk", processor: null });
        expect(sent.at(-1)).toBe("chain");
    });

    it("carries out a pending change of another part if the app then needs no chain any more", async () => {
        pipeline.errors$.pipe(take(1)).subscribe(() => void pipeline.setStageAsync("processor", null));
        await pipeline.setStageAsync("highPass", () => ({}) as IAudioProcessor);
        await pipeline.setStageAsync("processor", broken);
        state$.next({ state: "live", track: captured });
        await expect(pipeline.setStageAsync("highPass", null)).resolves.toBeUndefined();
        expect(pipeline.plan).toMatchObject({ highPass: null, processor: null });
        expect(sent.at(-1)).toBe("captured");
    });

    it("shows the processor in effect if a change fails that has superseded another one", async () => {
        pipeline.setWay("pushToTalk", defaultTalkOptions);
        state$.next({ state: "live", track: captured });
        await settleAsync();
        const slow = deferred<IAudioProcessor>();
        const first = pipeline.setStageAsync("processor", () => slow.promise);
        await expect(pipeline.setStageAsync("processor", broken)).rejects.toMatchObject({ code: "unknown" });
        slow.resolve({} as IAudioProcessor);
        await first;
        expect(pipeline.plan.processor).toBeNull();
        expect(mockMade[0]?.settings.processor).toBeNull();
    });
});
