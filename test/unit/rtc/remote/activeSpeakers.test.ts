import { BehaviorSubject, Subject, of } from "rxjs";
import type { Observable } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { speakingSet } from "../../../../src/rtc/remote/activeSpeakers.js";

const marbles = (run: Parameters<TestScheduler["run"]>[0]): void => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
};
const yesNo = { t: true, f: false };
const sets = {
    o: new Set<string>(),
    a: new Set(["alice"]),
    b: new Set(["bob"]),
    c: new Set(["alice", "bob"]),
};

describe("speakingSet", () => {
    it("emits the ids of the speaking members on every change", () => {
        marbles(({ hot, expectObservable }) => {
            const alice = hot("  -t---f--", yesNo);
            const bob = hot("    ---t---f", yesNo);
            const members = hot("x", { x: new Map([["alice", alice], ["bob", bob]]) }); // prettier-ignore
            expectObservable(speakingSet(members), "--------!").toBe("oa-c-b-o", sets);
        });
    });

    it("emits nothing when nothing changes", () => {
        marbles(({ hot, expectObservable }) => {
            const alice = hot("  -t-t-f-f", yesNo);
            const members = hot("x--x----", { x: new Map([["alice", alice]]) });
            expectObservable(speakingSet(members), "--------!").toBe("oa---o--", sets);
        });
    });

    it("adds members who join while others speak, and removes members who leave while speaking", () => {
        marbles(({ hot, expectObservable }) => {
            const alice = hot("  -t------", yesNo);
            const bob = hot("    ---t----", yesNo);
            const members = hot("x-y--z--", {
                x: new Map([["alice", alice]]),
                y: new Map([["alice", alice], ["bob", bob]]),
                z: new Map([["bob", bob]]),
            }); // prettier-ignore
            expectObservable(speakingSet(members), "--------!").toBe("oa-c-b--", sets);
        });
    });

    it("keeps its subscription to a member when another member joins", () => {
        marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
            const alice = cold(" -t------", yesNo);
            const members = hot("x-y--x--", {
                x: new Map<string, Observable<boolean>>([["alice", alice]]),
                y: new Map<string, Observable<boolean>>([["alice", alice], ["bob", of(false)]]),
            }); // prettier-ignore
            expectObservable(speakingSet(members), "-------!").toBe("oa------", sets);
            expectSubscriptions(alice.subscriptions).toBe("^------!");
        });
    });

    it("resets a member whose stream is replaced", () => {
        marbles(({ hot, expectObservable }) => {
            const first = hot("  -t------", yesNo);
            const second = hot(" -----t--", yesNo);
            const members = hot("x--y----", { x: new Map([["alice", first]]), y: new Map([["alice", second]]) });
            expectObservable(speakingSet(members), "--------!").toBe("oa-o-a--", sets);
        });
    });

    it("subscribes to its sources only while it has a subscriber", () => {
        const alice = new Subject<boolean>();
        const members = new BehaviorSubject<ReadonlyMap<string, Observable<boolean>>>(new Map([["alice", alice]]));
        const set$ = speakingSet(members);
        expect(members.observed || alice.observed).toBe(false);
        const subscription = set$.subscribe();
        expect(members.observed && alice.observed).toBe(true);
        subscription.unsubscribe();
        expect(members.observed || alice.observed).toBe(false);
    });
});
