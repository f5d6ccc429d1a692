import type { AudioHost } from "../../../src/audio/audioHost.js";
import { level$ } from "../../../src/audio/levelMeter.js";

/** An analyser with a constant input value. */
class FakeAnalyser {
    public static Made = 0;
    public static Size = 0;
    public value = 0;
    public disconnect = jest.fn();

    public constructor(_context: unknown, { fftSize }: AnalyserOptions) {
        FakeAnalyser.Made++;
        FakeAnalyser.Size = fftSize ?? 0;
    }

    public getFloatTimeDomainData(window: Float32Array): void {
        window.fill(this.value);
    }
}

const makeHost = (): { state: string; context: object } => ({ state: "running", context: {} });
let host: ReturnType<typeof makeHost>;
let connected: number;

function meter(value: number, periodMs?: number, of = host): ReturnType<typeof level$> {
    return level$(
        of as unknown as AudioHost,
        (analyser) => {
            (analyser as unknown as FakeAnalyser).value = value;
            connected++;
            return () => connected--;
        },
        periodMs,
    );
}

beforeEach(() => {
    jest.useFakeTimers();
    FakeAnalyser.Made = 0;
    connected = 0;
    host = makeHost();
    (globalThis as { AnalyserNode?: unknown }).AnalyserNode = FakeAnalyser;
});

afterEach(() => {
    delete (globalThis as { AnalyserNode?: unknown }).AnalyserNode;
    jest.useRealTimers();
});

test("without subscribers there is no connected analyser and no timer", () => {
    const levels = meter(0.5);
    expect([FakeAnalyser.Made, jest.getTimerCount()]).toEqual([0, 0]);
    levels.subscribe().unsubscribe();
    expect([connected, jest.getTimerCount()]).toEqual([0, 0]);
});

test("emits the root mean square every 100 ms, at most 1", () => {
    const heard: number[] = [];
    meter(-0.5).subscribe((level) => heard.push(level));
    meter(1.5).subscribe((level) => heard.push(level));
    jest.advanceTimersByTime(250);
    expect(heard).toEqual([0.5, 1, 0.5, 1]);
});

test.each([
    [16_000, 2048],
    [44_100, 2048],
    [48_000, 2048],
    [96_000, 4096],
    [192_000, 8192],
])("a context of %d Hz is measured over at least as long a window as at 48 kHz, and over all of it", (sampleRate, size) => {
    const fill = jest.spyOn(FakeAnalyser.prototype, "getFloatTimeDomainData");
    const heard: number[] = [];
    meter(0.5, 100, { ...host, context: { sampleRate } }).subscribe((level) => heard.push(level));
    jest.advanceTimersByTime(100);
    expect(heard).toEqual([0.5]);
    expect(FakeAnalyser.Size).toBe(size);
    expect(fill.mock.calls[0]?.[0]).toHaveLength(size);
    fill.mockRestore();
});

test("subscribers of one voice share one analyser", () => {
    const levels = meter(0.5);
    const first = levels.subscribe();
    const second = levels.subscribe();
    expect([FakeAnalyser.Made, connected]).toEqual([1, 1]);
    first.unsubscribe();
    expect(connected).toBe(1);
    second.unsubscribe();
    expect(connected).toBe(0);
});

test("all meters of a host share one timer, whatever their periods", () => {
    const fast: number[] = [];
    const slow: number[] = [];
    const subscription = meter(0.5, 50).subscribe((level) => fast.push(level));
    meter(0.5, 200).subscribe((level) => slow.push(level));
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(1000);
    expect([fast.length, slow.length]).toEqual([20, 5]);
    subscription.unsubscribe();
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(1000);
    expect([fast.length, slow.length]).toEqual([20, 10]);
});

test("each host has its own timer", () => {
    meter(0.5).subscribe();
    meter(0.5, 100, makeHost()).subscribe();
    expect(jest.getTimerCount()).toBe(2);
});

test("the level is 0 while the engine does not run, although its analysers repeat the last samples", () => {
    const heard: number[] = [];
    meter(0.5).subscribe((level) => heard.push(level));
    host.state = "blocked";
    jest.advanceTimersByTime(100);
    host.state = "running";
    jest.advanceTimersByTime(100);
    expect(heard).toEqual([0, 0.5]);
});
