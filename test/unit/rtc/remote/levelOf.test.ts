import { BehaviorSubject, Subject } from "rxjs";
import { levelOf$ } from "../../../../src/rtc/remote/levelOf.js";
import type { IVoice } from "../../../../src/rtc/remote/memberVoice.js";

type IHeard = Pick<IVoice, "muted" | "silenced" | "level$">;

describe("levelOf$", () => {
    it("emits the level of a member's voice while the member is present, and 0 otherwise", () => {
        const level$ = new Subject<number>();
        const voices$ = new BehaviorSubject<ReadonlyMap<string, IHeard>>(new Map());
        const levels: number[] = [];
        const subscription = levelOf$({ voices$ }, "bob").subscribe((level) => levels.push(level));
        const bob = { muted: false, silenced: false, level$ };
        voices$.next(new Map([["bob", bob]]));
        level$.next(0.2);
        voices$.next(new Map([["bob", bob]]));
        level$.next(0.3);
        voices$.next(new Map());
        expect(level$.observed).toBe(false);
        expect(levels).toEqual([0, 0.2, 0.3, 0]);
        subscription.unsubscribe();
    });

    it.each(["muted", "silenced"] as const)("is 0 for a member who is %s", (state) => {
        const level$ = new Subject<number>();
        const levels: number[] = [];
        const bob = { muted: false, silenced: false, level$, [state]: true };
        levelOf$({ voices$: new BehaviorSubject(new Map([["bob", bob]])) }, "bob").subscribe((level) => levels.push(level));
        level$.next(0.2);
        expect(levels).toEqual([0]);
    });
});
