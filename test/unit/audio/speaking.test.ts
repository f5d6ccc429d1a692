import { TestScheduler } from "rxjs/testing";
import { speaking } from "../../../src/audio/speaking.js";

/** Input levels. 0: silence, 4: between the thresholds, 5: speech. */
const levels = { "0": 0, "4": Math.pow(10, -47 / 20), "5": Math.pow(10, -30 / 20) };

const said = { t: true, f: false };

function run(input: string, output: string): void {
    const testScheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    testScheduler.run(({ hot, expectObservable }) => {
        const stream = hot(input, levels).pipe(speaking({ hangoverMs: 5, scheduler: testScheduler }));
        expectObservable(stream).toBe(output, said);
    });
}

test("emits the start of speech at once and its end after the hangover", () => {
    run("-0--5--0----------", "-f--t-------f-----");
});

test("a gap that is shorter than the hangover is part of the speech", () => {
    run("-0-5--0--5--0--0------", "-f-t-------------f----");
});

test("a level between the thresholds neither starts nor ends speech", () => {
    run("-0--4--5--4---------0--------", "-f-----t-----------------f---");
});

test("a repeated level emits nothing, and does not delay the end of speech", () => {
    run("-5-5-0-0-0-0----", "-t--------f-----");
});

test("a stream that starts loud is speech, and one that starts between the thresholds is silence", () => {
    run("-5---", "-t---");
    run("-4---", "-f---");
});

test("the thresholds are decibels of full scale", () => {
    const testScheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    testScheduler.run(({ hot, expectObservable }) => {
        const stream = hot("-a-b-c", { a: 0.0055, b: 0.0057, c: 0.0033 }).pipe(speaking({ scheduler: testScheduler, hangoverMs: 0 }));
        expectObservable(stream).toBe("-f-t-", said);
        const quieter = hot("-a-b-c", { a: 0.05, b: 0.2, c: 0.05 }).pipe(
            speaking({ onDb: -20, offDb: -25, scheduler: testScheduler, hangoverMs: 1 }),
        );
        expectObservable(quieter).toBe("-f-t--f", said);
    });
});
