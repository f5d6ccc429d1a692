import { TestScheduler } from "rxjs/testing";
import { interval, map } from "rxjs";
import { nothing$ } from "../../../../src/capture/devices/silence.js";

/**
 * Runs `nothing$` on four levels per second.
 * @param level - level of a quarter second, by its index
 * @param seconds - duration of the run
 * @returns the times of the reports, in milliseconds
 */
function run(level: (quarter: number) => number, seconds: number): number[] {
    const scheduler = new TestScheduler(() => undefined);
    const told: number[] = [];
    scheduler.maxFrames = seconds * 1_000;
    const levels$ = interval(250, scheduler).pipe(map(level));
    const subscription = nothing$(levels$, scheduler).subscribe(() => told.push(scheduler.now()));
    scheduler.flush();
    subscription.unsubscribe();
    return told;
}

describe("The report of a silent microphone", () => {
    it("comes once, within 4 s", () => {
        const told = run(() => 0, 20);
        expect(told).toHaveLength(1);
        expect(told[0]).toBeLessThanOrEqual(4_000);
    });

    it("does not come while any sound arrives, even that of a quiet room", () => {
        expect(run((quarter) => (quarter % 8 === 0 ? 0.00005 : 0), 20)).toEqual([]);
    });

    it("comes again after sound in between", () => {
        expect(run((quarter) => (quarter === 30 ? 0.1 : 0), 20)).toHaveLength(2);
    });
});
