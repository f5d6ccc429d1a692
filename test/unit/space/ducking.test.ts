import { Observable } from "@babylonjs/core/Misc/observable.js";
import { BehaviorSubject, Subject } from "rxjs";
import { RtcError } from "babylon-rtc";
import { Ducking } from "babylon-rtc/space";
import type { IDuckedBus, IDuckingOptions } from "babylon-rtc/space";

/** An app's bus, which records its volumes. */
class FakeBus {
    public volume = 0.5;
    public readonly fades: [volume: number, seconds: number | undefined][] = [];
    public readonly onDisposeObservable = new Observable<never>();

    public setVolume(volume: number, options?: { readonly duration?: number } | null): void {
        this.volume = volume;
        this.fades.push([volume, options?.duration]);
    }
    public get asBus(): IDuckedBus {
        return this as unknown as IDuckedBus;
    }
}

describe("Ducking", () => {
    let bus: FakeBus;
    let speaking$: BehaviorSubject<ReadonlySet<string>>;
    let voices$: BehaviorSubject<ReadonlyMap<string, { volume: number }>>;
    let volume$: BehaviorSubject<number>;
    let ducking: Ducking;
    const duck = (options?: IDuckingOptions): Ducking => (ducking = new Ducking({ speaking$, voices$, volume$ }, bus.asBus, options));
    const say = (...ids: string[]): void => speaking$.next(new Set(ids));

    beforeEach(() => {
        jest.useFakeTimers();
        bus = new FakeBus();
        speaking$ = new BehaviorSubject<ReadonlySet<string>>(new Set());
        voices$ = new BehaviorSubject<ReadonlyMap<string, { volume: number }>>(
            new Map([
                ["bob", { volume: 1 }],
                ["carol", { volume: 0 }],
            ]),
        );
        volume$ = new BehaviorSubject(1);
    });
    afterEach(() => {
        ducking.dispose();
        // Babylon removes observers after a timer of 0 ms.
        jest.advanceTimersByTime(0);
        expect(jest.getTimerCount()).toBe(0);
        expect([speaking$.observed, voices$.observed, volume$.observed, bus.onDisposeObservable.hasObservers()]).not.toContain(true);
        jest.useRealTimers();
    });

    it("lowers the bus to 30 % of its volume while a member speaks, and raises it 0.7 s after the last speech", () => {
        const states: boolean[] = [];
        duck().active$.subscribe((active) => states.push(active));
        expect(bus.fades).toEqual([]);
        say("bob");
        expect(bus.fades).toEqual([[0.15, 0.1]]);
        say();
        jest.advanceTimersByTime(699);
        expect(bus.fades).toHaveLength(1);
        jest.advanceTimersByTime(1);
        expect(bus.fades).toEqual([[0.15, 0.1], [0.5, 0.8]]); // prettier-ignore
        expect(states).toEqual([false, true, false]);
    });

    it("stays lowered during a pause that is shorter than the hold time", () => {
        duck({ holdSeconds: 2 });
        say("bob");
        say();
        jest.advanceTimersByTime(1_900);
        say("bob");
        jest.advanceTimersByTime(10_000);
        expect(bus.fades).toHaveLength(1);
    });

    it("ignores members at volume 0, everybody at volume 0 for all, and the own voice unless it is wanted", () => {
        duck();
        say("carol", "me");
        volume$.next(0);
        say("bob");
        expect(bus.fades).toEqual([]);
        volume$.next(1);
        expect(bus.fades).toHaveLength(1);
        ducking.dispose();
        bus = new FakeBus();
        say("me");
        duck({ ownVoice: true });
        expect(bus.fades).toEqual([[0.15, 0.1]]);
    });

    it("restores the volume on disposal, and when the voices end", () => {
        duck({ level: 0, releaseSeconds: 3 });
        say("bob");
        expect(bus.volume).toBe(0);
        const ended = jest.fn();
        ducking.active$.subscribe({ complete: ended });
        ducking.dispose();
        ducking.dispose();
        expect(bus.fades.slice(1)).toEqual([[0.5, 3]]);
        expect(ended).toHaveBeenCalledTimes(1);
        duck();
        say("bob");
        speaking$.complete();
        jest.advanceTimersByTime(700);
        expect(bus.volume).toBe(0.5);
    });

    it("leaves a bus alone that the app has disposed", () => {
        duck();
        say("bob");
        bus.onDisposeObservable.notifyObservers(undefined as never);
        ducking.dispose();
        expect(bus.fades).toHaveLength(1);
    });

    it.each([
        ["level", 1.1],
        ["level", NaN],
        ["attackSeconds", -1],
        ["holdSeconds", 61],
        ["releaseSeconds", "1"],
    ])("rejects %s: %p", (name, value) => {
        ducking = new Ducking({ speaking$: new Subject(), voices$, volume$ }, bus.asBus);
        const create = (): Ducking => new Ducking({ speaking$, voices$, volume$ }, bus.asBus, { [name]: value });
        expect(create).toThrow(`The option ${name} of Ducking must be a number from 0 to`);
        expect(create).toThrow(RtcError);
    });
});
