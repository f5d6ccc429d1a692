import { BehaviorSubject, NEVER } from "rxjs";
import type { Observable } from "rxjs";
import { levels$ } from "../../../../src/rtc/remote/levels.js";
import type { ILevels } from "../../../../src/rtc/remote/levels.js";
import type { MemberVoice } from "../../../../src/rtc/remote/memberVoice.js";
import { thrownBy } from "../../../fakes/thrownBy.js";

const voice = (level$: Observable<number>): MemberVoice => ({ level$ }) as unknown as MemberVoice;

describe("levels: report every n ms", () => {
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    it("emits the level of the local member, each remote member and the total, as 0 to 1 and in dBFS", () => {
        const [local, bob, carol] = [new BehaviorSubject(0.5), new BehaviorSubject(0.3), new BehaviorSubject(0.4)];
        const actors = new BehaviorSubject<ReadonlyMap<string, MemberVoice>>(new Map([["bob", voice(bob)]]));
        const told: ILevels[] = [];
        const subscription = levels$(local, actors, { intervalMs: 200 }).subscribe((levels) => told.push(levels));
        jest.advanceTimersByTime(199);
        expect(told).toHaveLength(0);
        jest.advanceTimersByTime(1);
        expect(told).toHaveLength(1);
        expect(told[0]?.local.rms).toBe(0.5);
        expect(told[0]?.local.dbfs).toBeCloseTo(-6.02, 2);
        expect(told[0]?.total).toEqual(told[0]?.remotes.get("bob"));
        actors.next(new Map([...actors.value, ["carol", voice(carol)]]));
        bob.next(0);
        bob.next(0.3);
        jest.advanceTimersByTime(200);
        expect([...(told[1]?.remotes.keys() ?? [])]).toEqual(["bob", "carol"]);
        expect(told[1]?.total.rms).toBeCloseTo(0.5, 6);
        bob.next(0);
        carol.next(1);
        local.next(1);
        jest.advanceTimersByTime(200);
        expect(told[2]?.remotes.get("bob")).toEqual({ rms: 0, dbfs: -100 });
        expect([told[2]?.local.dbfs, told[2]?.total.dbfs]).toEqual([0, 0]);
        actors.next(new Map());
        jest.advanceTimersByTime(200);
        expect(told[3]).toEqual({ local: { rms: 1, dbfs: 0 }, remotes: new Map(), total: { rms: 0, dbfs: -100 } });
        subscription.unsubscribe();
    });

    it("subscribes to its sources and runs a timer only while it has a subscriber", () => {
        const [local, bob] = [new BehaviorSubject(0), new BehaviorSubject(0)];
        const actors = new BehaviorSubject<ReadonlyMap<string, MemberVoice>>(new Map([["bob", voice(bob)]]));
        const stream$ = levels$(local, actors, {});
        expect([local, bob, actors].some(({ observed }) => observed)).toBe(false);
        const subscription = stream$.subscribe();
        expect([local, bob, actors].every(({ observed }) => observed)).toBe(true);
        expect(jest.getTimerCount()).toBe(1);
        subscription.unsubscribe();
        expect([local, bob, actors].some(({ observed }) => observed)).toBe(false);
        expect(jest.getTimerCount()).toBe(0);
    });

    it("emits every 300 ms by default", () => {
        let reports = 0;
        const subscription = levels$(NEVER, NEVER, {}).subscribe(() => reports++);
        jest.advanceTimersByTime(3_000);
        expect(reports).toBe(10);
        subscription.unsubscribe();
    });

    it.each([0, -1, -Infinity])("is off at an interval of %p", (intervalMs) => {
        const local = new BehaviorSubject(0);
        const subscription = levels$(local, NEVER, { intervalMs }).subscribe();
        expect([local.observed, jest.getTimerCount()]).toEqual([false, 0]);
        subscription.unsubscribe();
    });

    it.each([1, 99.9, NaN, Infinity, "300"])("rejects an interval of %p with invalidArgument", (intervalMs) => {
        expect(thrownBy(() => levels$(NEVER, NEVER, { intervalMs: intervalMs as number }))).toMatchObject({ code: "invalidArgument" });
    });
});
