import { BehaviorSubject, EMPTY, defer, of } from "rxjs";
import { SettingsMemory, browserSettingsStorage } from "../../../../src/gui/settings/settingsMemory";
import type { ISettingsStorage } from "../../../../src/gui/settings/settingsMemory";
import { settingsTable } from "../../../../src/gui/settings/settingsTable";
import type { IChoiceView, IKeptSettings, SettingsRow } from "../../../../src/gui/settings/settingsTable";
import { defaultTexts } from "../../../../src/gui/texts/texts";
import { RtcError } from "../../../../src/errors/rtcError";

/** Settings storage in memory. Tests give the same one to two pages, like the storage of a browser. */
class Drawer implements ISettingsStorage {
    public content: unknown = null;
    public load(): IKeptSettings | null {
        return this.content as IKeptSettings | null;
    }
    public save(settings: IKeptSettings): void {
        this.content = JSON.parse(JSON.stringify(settings));
    }
}

/** Simulates a web page that has just been loaded: settings and their memory, with a fake microphone that has the app's initial values. */
function pageOf(storage: ISettingsStorage | null, suppressor: (() => never) | null = null) {
    const failed: RtcError[] = [];
    const processing = { echoCancellation: "all", noiseSuppression: true, autoGainControl: true, highPassHz: 0 };
    let talkOptions = { preRollMs: 40, attackMs: 15, hangoverMs: 300, thresholdDb: -50 };
    const microphone = {
        mode: "open",
        get talkOptions() {
            return talkOptions;
        },
        set talkOptions(changes) {
            talkOptions = { ...talkOptions, ...changes };
        },
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
    const now = <Value>(of$: () => Value) => defer(() => of(of$()));
    const streams = {
        permission$: EMPTY,
        state$: EMPTY,
        devices$: EMPTY,
        output$: EMPTY,
        inputLevel$: EMPTY,
        level$: EMPTY,
        open$: EMPTY,
        mode$: now(() => microphone.mode),
        talkOptions$: now(() => microphone.talkOptions),
        processing$: now(() => ({ ...microphone.processing })),
        suppressor$: now(() => microphone.suppressor),
        volume$: now(() => microphone.volume),
        monitorVolume$: now(() => microphone.monitorVolume),
    };
    const rtc = {
        microphone: Object.assign(microphone, streams),
        volume: 1,
        startAsync: async (): Promise<void> => await Promise.resolve(),
    };
    const sections = settingsTable({
        rtc: rtc as never,
        tried$: new BehaviorSubject(null),
        suppressor,
        talkKey: null,
        canChooseOutput: true,
        texts: defaultTexts,
    });
    const done: (() => void)[] = [];
    const memory = new SettingsMemory({
        sections,
        storage,
        processAsync: (changes) => microphone.setProcessingAsync(changes),
        failed: (error) => failed.push(error),
        done: () => done.shift()?.(),
    });
    const untilDone = (act: () => void): Promise<void> =>
        new Promise((resolve) => {
            done.push(resolve);
            act();
        });
    const rowOf = (wanted: string): SettingsRow => {
        const row = sections.flatMap(({ rows }) => rows).find(({ id }) => id === wanted);
        if (!row) {
            throw new Error(`There is no ${wanted}.`);
        }
        return row;
    };
    const set = (id: string, value: unknown): void => {
        const row = rowOf(id);
        if (!("set" in row)) {
            throw new Error(`${id} cannot be set.`);
        }
        memory.set(row, value);
    };
    const turn = (id: string, on: boolean): void => {
        const row = rowOf(id);
        if (row.kind !== "switch") {
            throw new Error(`${id} is no switch.`);
        }
        memory.switch(row, on);
    };
    /** Value that a row shows. */
    const shown = (id: string): unknown => {
        let value: unknown;
        rowOf(id).value$.subscribe((present) => (value = present));
        return value;
    };
    return { memory, set, turn, rowOf, shown, sections, failed, microphone, rtc, untilDone };
}

const suppressor = (): never => {
    throw new Error("not made here");
};

describe("SettingsMemory", () => {
    it("restores the settings in the next page", async () => {
        const drawer = new Drawer();
        const first = pageOf(drawer, suppressor);
        await first.untilDone(() => first.set("way", "voiceActivity"));
        await first.untilDone(() => first.set("threshold", -40));
        await first.untilDone(() => first.turn("echo", false));
        await first.untilDone(() => first.turn("auto gain", false));
        await first.untilDone(() => first.turn("high pass", true));
        await first.untilDone(() => first.set("noise", "neural"));
        await first.untilDone(() => first.set("microphone volume", 2));
        await first.untilDone(() => first.set("voices volume", 0.5));
        await first.untilDone(() => first.set("monitor volume", 1));
        const { microphone, rtc, memory, failed } = pageOf(drawer, suppressor);
        await memory.restoreAsync();
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

    const kept = pageOf(null)
        .sections.flatMap(({ rows }) => rows)
        .filter((row) => "set" in row && row.kept !== undefined);

    it.each(kept.map(({ id }) => id))("restores each setting in the next page: %s", async (id) => {
        const drawer = new Drawer();
        const first = pageOf(drawer, suppressor);
        const before = first.shown(id);
        await first.untilDone(() => {
            const row = first.rowOf(id);
            if (row.kind === "switch") {
                first.turn(id, before === row.off);
            } else if (row.kind === "choice") {
                first.set(id, (before as IChoiceView).options.at(-1)?.value);
            } else {
                first.set(id, row.kind === "slider" ? row.min + 10 * row.step : 2);
            }
        });
        expect(first.shown(id)).not.toEqual(before);
        const second = pageOf(drawer, suppressor);
        expect(second.shown(id)).toEqual(before);
        await second.memory.restoreAsync();
        expect(second.shown(id)).toEqual(first.shown(id));
        expect([...first.failed, ...second.failed]).toEqual([]);
    });

    it("restores settings without a device first, and the browser's processing in one call", async () => {
        const drawer = new Drawer();
        drawer.content = { way: "pushToTalk", echoCancellation: false, autoGainControl: false, noise: "off", highPassHz: 80 };
        const { memory, microphone } = pageOf(drawer);
        const asked: object[] = [];
        microphone.setProcessingAsync = async (changes) => {
            asked.push(changes);
            expect(microphone.mode).toBe("pushToTalk");
            await Promise.resolve();
        };
        const restored = memory.restoreAsync();
        expect(microphone.mode).toBe("pushToTalk");
        await restored;
        expect(asked).toEqual([{ noiseSuppression: false, echoCancellation: false, autoGainControl: false }, { highPassHz: 80 }]);
    });

    it("restores talk options, then the mode, then volumes, so that one gate is built", async () => {
        const drawer = new Drawer();
        drawer.content = { volume: 2, voicesVolume: 0.5, way: "voiceActivity", thresholdDb: -40, hangoverMs: 500 };
        const { memory, microphone, rtc } = pageOf(drawer);
        const order: string[] = [];
        const follow = (target: object, name: string): void => {
            Object.defineProperty(target, name, {
                set: (value) => order.push(name === "talkOptions" ? Object.keys(value as object).join() : name),
            });
        };
        ["mode", "talkOptions", "volume"].forEach((name) => follow(microphone, name));
        Object.defineProperty(rtc, "volume", { set: () => order.push("voices") });
        await memory.restoreAsync();
        expect(order.slice(0, 2).sort()).toEqual(["hangoverMs", "thresholdDb"]);
        expect(order.slice(2)).toEqual(["mode", "voices", "volume"]);
    });

    it("keeps the last value even if an earlier attempt finishes later", async () => {
        const drawer = new Drawer();
        const { turn, microphone, untilDone } = pageOf(drawer);
        const ends: (() => void)[] = [];
        microphone.setProcessingAsync = async (changes) => {
            Object.assign(microphone.processing, changes);
            await new Promise<void>((resolve) => ends.push(resolve));
        };
        turn("echo", false);
        turn("echo", true);
        const [endFirst, endSecond] = ends;
        await untilDone(() => endSecond?.());
        await untilDone(() => endFirst?.());
        expect(drawer.content).toEqual({ echoCancellation: "all" });
    });

    it("keeps the value that took effect if a later attempt fails", async () => {
        const drawer = new Drawer();
        const { turn, microphone, untilDone } = pageOf(drawer);
        const ends: ((failure?: RtcError) => void)[] = [];
        microphone.setProcessingAsync = () =>
            new Promise<void>((resolve, reject) => ends.push((failure) => (failure ? reject(failure) : resolve())));
        turn("auto gain", false);
        turn("auto gain", true);
        const [endFirst, endSecond] = ends;
        await untilDone(() => endSecond?.(new RtcError("microphoneBusy", "Another program has it.")));
        await untilDone(() => endFirst?.());
        expect(drawer.content).toEqual({ autoGainControl: false });
    });

    it("stores neither untouched settings nor failed changes", async () => {
        const drawer = new Drawer();
        const first = pageOf(drawer);
        first.microphone.refuses = new RtcError("microphoneBusy", "Another program has it.");
        await first.untilDone(() => first.turn("auto gain", false));
        expect(first.failed.map(({ code }) => code)).toEqual(["microphoneBusy"]);
        expect(drawer.content).toBeNull();
        await first.untilDone(() => first.set("microphone volume", 3));
        expect(drawer.content).toEqual({ volume: 3 });
        const second = pageOf(drawer);
        second.microphone.mode = "pushToTalk";
        await second.memory.restoreAsync();
        expect(second.microphone).toMatchObject({ mode: "pushToTalk", volume: 3, processing: { autoGainControl: true } });
    });

    it("keeps the app's values for settings that the page does not support", async () => {
        const drawer = new Drawer();
        drawer.content = { noise: "neural", echoCancellation: true, highPassHz: 80 };
        const { memory, failed, microphone } = pageOf(drawer);
        microphone.refuses = new RtcError("unsupported", "The app gave a stream of its own.");
        await memory.restoreAsync();
        expect(microphone.suppressor).toBeNull();
        expect(microphone.processing).toMatchObject({ echoCancellation: "all", highPassHz: 80 });
        expect(failed).toEqual([]);
    });

    it.each([
        ["not an object", "loud"],
        ["out of range", { way: "shout", thresholdDb: 12, volume: 1e9, voicesVolume: "2", highPassHz: 5, noise: "none", toString: 1 }],
    ])("ignores stored content that is %s", (_, content) => {
        const drawer = new Drawer();
        drawer.content = content;
        expect(pageOf(drawer).memory.kept).toEqual({});
    });

    it("keeps settings for the current page if the storage fails", () => {
        const fail = (): never => {
            throw new Error("The page is not allowed to.");
        };
        const { memory } = pageOf({ load: fail, save: fail });
        memory.keep({ volume: 2 });
        memory.keep({ way: "open" });
        expect(memory.kept).toEqual({ volume: 2, way: "open" });
        expect(browserSettingsStorage.load()).toBeNull();
    });

    it("applies a delayed setting even if the clock is set back by 48 h meanwhile", async () => {
        const { memory, rowOf } = pageOf(new Drawer());
        const clock = jest.spyOn(Date, "now");
        const done = new Promise((resolve) => {
            const row = {
                ...rowOf("threshold"),
                settleMs: 5,
                set: (value: unknown) => {
                    resolve(value);
                },
            };
            memory.set(row, -40);
            const before = Date.now();
            clock.mockReturnValue(before - 48 * 3_600_000);
        });
        try {
            expect(await done).toBe(-40);
        } finally {
            clock.mockRestore();
        }
    });
});
