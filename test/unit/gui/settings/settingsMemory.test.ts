import { SettingsActions } from "../../../../src/gui/settings/settingsActions";
import { SettingsMemory, browserSettingsStorage } from "../../../../src/gui/settings/settingsMemory";
import type { IKeptSettings, ISettingsStorage } from "../../../../src/gui/settings/settingsMemory";
import { RtcError } from "../../../../src/errors/rtcError";

/** A drawer, in which a settings page and the next one look. */
class Drawer implements ISettingsStorage {
    public content: unknown = null;
    public load(): IKeptSettings | null {
        return this.content as IKeptSettings | null;
    }
    public save(settings: IKeptSettings): void {
        this.content = JSON.parse(JSON.stringify(settings));
    }
}

/** What a page has, as far as settings touch it. */
function pageOf(storage: ISettingsStorage | null, suppressor: (() => never) | null = null) {
    const failed: RtcError[] = [];
    const processing = { echoCancellation: "all", noiseSuppression: true, autoGainControl: true, highPassHz: 0 };
    const microphone = {
        mode: "open",
        talkOptions: { thresholdDb: -50 },
        volume: 1,
        monitorVolume: 0,
        processing,
        suppressor: null as unknown,
        refuses: null as RtcError | null,
        setProcessingAsync: async (changes: object): Promise<void> => {
            if (microphone.refuses && !("highPassHz" in changes)) {
                throw microphone.refuses;
            }
            await Promise.resolve();
            Object.assign(microphone.processing, changes);
        },
        setSuppressorAsync: async (factory: unknown): Promise<void> => {
            await Promise.resolve();
            microphone.suppressor = factory;
        },
    };
    const rtc = { microphone, volume: 1, startAsync: async (): Promise<void> => await Promise.resolve() };
    const done: (() => void)[] = [];
    const deeds = new SettingsActions(rtc as never, suppressor, new SettingsMemory(storage), {
        failed: (error) => failed.push(error),
        done: () => done.shift()?.(),
    });
    const untilDone = (act: () => void): Promise<void> =>
        new Promise((resolve) => {
            done.push(resolve);
            act();
        });
    return { deeds, failed, microphone, rtc, untilDone };
}

const suppressor = (): never => {
    throw new Error("not made here");
};

describe("what a player has set", () => {
    it("is there again in the next page", async () => {
        const drawer = new Drawer();
        const first = pageOf(drawer, suppressor);
        await first.untilDone(() => first.deeds.chooseWay("voiceActivity"));
        await first.untilDone(() => first.deeds.setThreshold(-40));
        await first.untilDone(() => first.deeds.setEchoCancellation(false));
        await first.untilDone(() => first.deeds.setAutoGain(false));
        await first.untilDone(() => first.deeds.setHighPass(true));
        await first.untilDone(() => first.deeds.chooseNoise("neural"));
        await first.untilDone(() => first.deeds.setVolume(2));
        await first.untilDone(() => first.deeds.setVoicesVolume(0.5));
        await first.untilDone(() => first.deeds.setMonitorVolume(1));
        const { microphone, rtc, deeds, failed } = pageOf(drawer, suppressor);
        await deeds.restoreAsync();
        expect(microphone).toMatchObject({
            mode: "voiceActivity",
            talkOptions: { thresholdDb: -40 },
            volume: 2,
            monitorVolume: 0,
            processing: { echoCancellation: false, autoGainControl: false, highPassHz: 100 },
            suppressor,
        });
        expect(rtc.volume).toBe(0.5);
        expect(failed).toEqual([]);
    });

    it("is what was set last, though an earlier attempt ends later", async () => {
        const drawer = new Drawer();
        const { deeds, microphone, untilDone } = pageOf(drawer);
        const ends: (() => void)[] = [];
        microphone.setProcessingAsync = async (changes) => {
            Object.assign(microphone.processing, changes);
            await new Promise<void>((resolve) => ends.push(resolve));
        };
        deeds.setEchoCancellation(false);
        deeds.setEchoCancellation(true);
        const [endFirst, endSecond] = ends;
        await untilDone(() => endSecond?.());
        await untilDone(() => endFirst?.());
        expect(drawer.content).toEqual({ echoCancellation: "all" });
    });

    it("is what took effect, though a later attempt failed", async () => {
        const drawer = new Drawer();
        const { deeds, microphone, untilDone } = pageOf(drawer);
        const ends: ((failure?: RtcError) => void)[] = [];
        microphone.setProcessingAsync = () =>
            new Promise<void>((resolve, reject) => ends.push((failure) => (failure ? reject(failure) : resolve())));
        deeds.setAutoGain(false);
        deeds.setAutoGain(true);
        const [endFirst, endSecond] = ends;
        await untilDone(() => endSecond?.(new RtcError("microphoneBusy", "Another program has it.")));
        await untilDone(() => endFirst?.());
        expect(drawer.content).toEqual({ autoGainControl: false });
    });

    it("leaves alone what was never touched, and what failed is not kept", async () => {
        const drawer = new Drawer();
        const first = pageOf(drawer);
        first.microphone.refuses = new RtcError("microphoneBusy", "Another program has it.");
        await first.untilDone(() => first.deeds.setAutoGain(false));
        expect(first.failed.map(({ code }) => code)).toEqual(["microphoneBusy"]);
        expect(drawer.content).toBeNull();
        await first.untilDone(() => first.deeds.setVolume(3));
        expect(drawer.content).toEqual({ volume: 3 });
        const second = pageOf(drawer);
        second.microphone.mode = "pushToTalk";
        await second.deeds.restoreAsync();
        expect(second.microphone).toMatchObject({ mode: "pushToTalk", volume: 3, processing: { autoGainControl: true } });
    });

    it("is what the app has where this page cannot have it: no suppressor, a stream of the app's own", async () => {
        const drawer = new Drawer();
        drawer.content = { noise: "neural", echoCancellation: true, highPassHz: 80 };
        const { deeds, failed, microphone } = pageOf(drawer);
        microphone.refuses = new RtcError("unsupported", "The app gave a stream of its own.");
        await deeds.restoreAsync();
        expect(microphone.suppressor).toBeNull();
        expect(microphone.processing).toMatchObject({ echoCancellation: "all", highPassHz: 80 });
        expect(failed).toEqual([]);
    });

    it.each([
        ["nonsense", "loud"],
        ["out of range", { way: "shout", thresholdDb: 12, volume: 1e9, voicesVolume: "2", highPassHz: 5, noise: "none", toString: 1 }],
    ])("is nothing if somebody wrote %s there", (_, content) => {
        const drawer = new Drawer();
        drawer.content = content;
        expect(new SettingsMemory(drawer).kept).toEqual({});
    });

    it("holds for the page where nothing can be stored or read", () => {
        const fail = (): never => {
            throw new Error("The page is not allowed to.");
        };
        const memory = new SettingsMemory({ load: fail, save: fail });
        memory.keep({ volume: 2 });
        memory.keep({ way: "open" });
        expect(memory.kept).toEqual({ volume: 2, way: "open" });
        expect(browserSettingsStorage.load()).toBeNull();
    });
});
