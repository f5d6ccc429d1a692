import { BehaviorSubject, EMPTY, NEVER, Subject, combineLatest, defer, of, share } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../../../../src/index.js";
import type {
    AudioProcessorFactory,
    IAudioDevice,
    ICaptureProcessing,
    ITalkOptions,
    MicrophonePermission,
    MicrophoneState,
    WayToTalk,
} from "../../../../src/index.js";
import { scrolledTo } from "../../../../src/gui/accessibility/scrollIntoView.js";
import { settingsTable } from "../../../../src/gui/settings/settingsTable.js";
import type { IChoiceView, ISettingsTableOptions, SettingsRow } from "../../../../src/gui/settings/settingsTable.js";
import { defaultTexts } from "../../../../src/gui/texts/texts.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";

/** Values of the microphone's streams, and the volume of the voices, at one moment. */
interface ISettingsSnapshot {
    readonly permission: MicrophonePermission;
    readonly microphone: MicrophoneState;
    readonly devices: readonly IAudioDevice[];
    readonly output: IAudioDevice | null;
    readonly mode: WayToTalk;
    readonly talkOptions: ITalkOptions;
    readonly processing: ICaptureProcessing;
    readonly suppressor: AudioProcessorFactory | null;
    readonly volume: number;
    readonly monitorVolume: number;
    readonly voicesVolume: number;
}
type Offer = Pick<ISettingsTableOptions, "suppressor" | "talkKey" | "canChooseOutput">;

const device = (kind: "input" | "output", id: string, isDefault = false): IAudioDevice => ({
    id,
    label: id,
    kind,
    isDefault,
    form: "unknown",
});
const desk = device("input", "desk", true);
const usb = device("input", "usb");
const speakers = device("output", "speakers", true);
const live = (deviceId: string): ISettingsSnapshot["microphone"] => ({ state: "live", track: new FakeTrack(deviceId, { deviceId }) });
const failed = (code: "microphoneDenied" | "microphoneBusy"): ISettingsSnapshot["microphone"] => ({
    state: "failed",
    error: new RtcError(code, ""),
});

const calm: ISettingsSnapshot = {
    permission: "granted",
    microphone: live("desk"),
    devices: [desk, usb, speakers],
    output: speakers,
    mode: "open",
    talkOptions: { preRollMs: 40, attackMs: 15, hangoverMs: 300, thresholdDb: -50 },
    processing: { echoCancellation: "all", noiseSuppression: true, autoGainControl: true, highPassHz: 0 },
    suppressor: null,
    volume: 1,
    monitorVolume: 0,
    voicesVolume: 1,
};
const suppressor: AudioProcessorFactory = () => Promise.reject(new Error());
const offer: Offer = { suppressor: null, talkKey: null, canChooseOutput: true };

function rowsOf(
    snapshot: Partial<ISettingsSnapshot>,
    offered: Partial<Offer>,
    own?: object,
    tried$: Observable<unknown> = of(null),
    streams: object = {},
): readonly SettingsRow[] {
    const now = { ...calm, ...snapshot };
    const microphone = {
        permission$: of(now.permission),
        state$: of(now.microphone),
        devices$: of(now.devices),
        output$: of(now.output),
        mode$: of(now.mode),
        talkOptions$: of(now.talkOptions),
        processing$: of(now.processing),
        suppressor$: of(now.suppressor),
        volume$: of(now.volume),
        monitorVolume$: of(now.monitorVolume),
        inputLevel$: EMPTY,
        level$: EMPTY,
        open$: EMPTY,
        ...streams,
    };
    const rtc = Object.assign(own ?? { volume: now.voicesVolume }, { microphone, startAsync: () => Promise.resolve() });
    const table = settingsTable({ rtc: rtc as never, tried$, texts: defaultTexts, ...offer, ...offered });
    return table.flatMap(({ rows }) => rows);
}

/** Values that rows of the settings show; null = the row shows nothing. */
function view(snapshot: Partial<ISettingsSnapshot> = {}, offered: Partial<Offer> = {}) {
    const rows = rowsOf(snapshot, offered);
    const shown = (wanted: string): unknown => {
        const row = rows.find(({ id }) => id === wanted);
        let value: unknown;
        if (!row) {
            throw new Error(`There is no ${wanted}.`);
        }
        combineLatest([row.value$, row.visible$ ?? of(true)]).subscribe(([now, visible]) => (value = visible ? now : null));
        return value;
    };
    return {
        inputNote: shown("input note") as string | null,
        ask: shown("ask") as string | null,
        input: shown("input") as IChoiceView | null,
        output: shown("output") as IChoiceView | null,
        outputNote: shown("output note") as string | null,
        wayNote: shown("way note") as string,
        thresholdDb: shown("threshold") as number | null,
        noise: shown("noise") as IChoiceView,
        monitorVolume: shown("monitor volume") as number | null,
    };
}

describe("settingsTable", () => {
    it("lists the input devices, marks the system default, and selects the device in use", () => {
        expect(view().input).toEqual({
            options: [
                { value: "", label: "desk (default)" },
                { value: "usb", label: "usb" },
            ],
            value: "",
        });
        expect(view({ microphone: live("usb") }).input?.value).toBe("usb");
        expect(view().inputNote).toBeNull();
    });

    it.each<[Partial<ISettingsSnapshot>, keyof typeof defaultTexts.settings | null, keyof typeof defaultTexts.settings | null]>([
        [{ microphone: { state: "off" }, permission: "prompt", devices: [device("input", "")] }, "namesUnknown", "ask"],
        [{ microphone: { state: "off" }, permission: "granted" }, "off", "turnOn"],
        [{ microphone: { state: "off" }, permission: "granted", devices: [] }, "noInput", "tryAgain"],
        [{ microphone: { state: "off" }, permission: "denied" }, "denied", null],
        [{ microphone: { state: "asking" } }, "asking", null],
        [{ microphone: failed("microphoneDenied"), permission: "denied" }, "denied", null],
        [{ microphone: failed("microphoneDenied"), permission: "prompt" }, "denied", "ask"],
        [{}, null, null],
    ])("shows the microphone's state and what to do: case %#", (snapshot, note, ask) => {
        const { inputNote, ask: button } = view(snapshot);
        expect([inputNote, button]).toEqual([note && defaultTexts.settings[note], ask && defaultTexts.settings[ask]]);
    });

    it("describes an error with the same text as a toast", () => {
        expect(view({ microphone: failed("microphoneBusy") }).inputNote).toContain(defaultTexts.errors.microphoneBusy.advice);
    });

    it("tells when the output cannot be chosen", () => {
        expect(view({}, { canChooseOutput: false })).toMatchObject({ output: null, outputNote: defaultTexts.settings.outputUnsupported });
        expect(view({ devices: [desk] })).toMatchObject({ output: null, outputNote: defaultTexts.settings.noOutput });
    });

    it("shows the threshold for voice activity only, and names the app's talk key", () => {
        expect(view().thresholdDb).toBeNull();
        expect(view({ mode: "voiceActivity" }).thresholdDb).toBe(-50);
        expect(view({ mode: "pushToTalk" }, { talkKey: "V" }).wayNote).toContain("hold V");
        expect(view({ microphone: { state: "off" } }).wayNote).toBe("Nobody hears you while the microphone is off.");
    });

    it("offers a neural suppressor if there is one, and selects the suppressor in use", () => {
        expect(view().noise.options.map(({ value }) => value)).toEqual(["off", "browser"]);
        const { noise } = view({ suppressor });
        expect([noise.options.length, noise.value]).toEqual([3, "neural"]);
        expect(view({}, { suppressor }).noise.options).toHaveLength(3);
        expect(view({ processing: { ...calm.processing, noiseSuppression: false } }).noise.value).toBe("off");
    });

    it("shows the monitor volume only while monitoring", () => {
        expect(view().monitorVolume).toBeNull();
        expect(view({ monitorVolume: 2 }).monitorVolume).toBe(2);
    });

    it("shows no devices if the browser does not list them in time, and adds them later", () => {
        jest.useFakeTimers();
        const devices$ = new Subject<readonly IAudioDevice[]>();
        let listings = 0;
        const listed$ = defer(() => {
            listings++;
            return devices$;
        }).pipe(share());
        const rows = rowsOf({ microphone: { state: "off" } }, {}, {}, of(null), { devices$: listed$, output$: NEVER });
        const seen: unknown[] = [];
        const all$ = combineLatest(rows.filter(({ kind }) => kind !== "meter").map(({ value$ }) => value$));
        const subscription = all$.subscribe(([note, ask, input]) => seen.push([note, ask, input]));
        jest.advanceTimersByTime(450);
        expect(seen).toEqual([]);
        jest.advanceTimersByTime(100);
        expect(seen.at(-1)).toEqual([defaultTexts.settings.noInput, defaultTexts.settings.tryAgain, null]);
        devices$.next([desk]);
        expect(seen.at(-1)).toMatchObject([defaultTexts.settings.off, defaultTexts.settings.turnOn, { value: "" }]);
        expect(listings).toBe(1);
        subscription.unsubscribe();
        expect(devices$.observed).toBe(false);
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });

    it("follows the volume of all voices, and rereads a source without volume$ after each change", () => {
        const shownBy = (
            own: { readonly volume: number; readonly volume$?: Observable<number> },
            tried$: Observable<unknown>,
        ): unknown[] => {
            const seen: unknown[] = [];
            rowsOf({}, {}, own, tried$)
                .find(({ id }) => id === "voices volume")
                ?.value$.subscribe((value) => seen.push(value));
            return seen;
        };
        const volume$ = new BehaviorSubject(1);
        const told = shownBy({ volume: 1, volume$ }, of(null));
        volume$.next(0.5);
        expect(told).toEqual([1, 0.5]);
        const tried$ = new BehaviorSubject(null);
        const silent = { volume: 1 };
        const looked = shownBy(silent, tried$);
        silent.volume = 0.5;
        tried$.next(null);
        expect(looked).toEqual([1, 0.5]);
    });

    it("has unique row ids, unique setting names and no empty texts", () => {
        const rows = rowsOf({}, {});
        const ids = rows.map(({ id }) => id);
        expect(ids).toEqual([...new Set(ids)]);
        const names = rows.flatMap((row) => ("set" in row && row.kept ? [row.kept.name] : []));
        expect(names).toEqual([...new Set(names)]);
        expect(rows.flatMap((row) => ("text" in row ? [row.text] : [])).filter((text) => text === "")).toEqual([]);
    });
});

describe("scrolledTo", () => {
    const state = { value: 0, height: 100, content: { top: 0, height: 300 }, wanted: { top: 0, height: 20 } };

    describe.each([
        ["with the layout already scrolled", (value: number) => 10 - 200 * value],
        ["with the layout not yet scrolled", () => 10],
    ])("%s", (_how, topAt) => {
        it.each([
            ["stays if the control is visible", 0.5, 140, 0.5],
            ["scrolls down as little as possible, with a margin", 0, 150, 0.4],
            ["scrolls up as little as possible, with a margin", 0.5, 50, 0.2],
            ["does not scroll beyond the end", 1, 290, 1],
            ["does not scroll before the beginning", 0.5, 2, 0],
        ])("%s", (_what, value, below, to) => {
            const top = topAt(value);
            const content = { top, height: 300 };
            expect(scrolledTo({ ...state, value, content, wanted: { top: top + below, height: 20 } })).toBeCloseTo(to);
        });
    });

    it("does not scroll content that fits", () => {
        expect(scrolledTo({ ...state, content: { top: 0, height: 90 } })).toBe(0);
    });
});
