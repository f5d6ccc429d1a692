import { firstValueFrom } from "rxjs";
import { abortable$, orAbortedAsync } from "../../../src/interop/abortable.js";
import { deferred } from "../../fakes/deferred.js";
import { settleAsync } from "../../fakes/settle.js";

describe("orAbortedAsync", () => {
    it("resolves as the promise resolves", async () => {
        await expect(orAbortedAsync(Promise.resolve(7), new AbortController().signal)).resolves.toBe(7);
    });

    it("rejects as the promise rejects", async () => {
        const error = new Error("no");
        await expect(orAbortedAsync(Promise.reject(error), new AbortController().signal)).rejects.toBe(error);
    });

    it("rejects with the signal's reason when the signal fires first", async () => {
        const abort = new AbortController();
        const waiting = orAbortedAsync(new Promise(() => undefined), abort.signal);
        const reason = new Error("enough");
        abort.abort(reason);
        await expect(waiting).rejects.toBe(reason);
    });

    it("rejects at once when the signal is already aborted", async () => {
        const reason = new Error("enough");
        await expect(orAbortedAsync(new Promise(() => undefined), AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it("wraps a reason that is not an error", async () => {
        await expect(orAbortedAsync(new Promise(() => undefined), AbortSignal.abort("bored"))).rejects.toThrow("bored");
    });

    it("ignores a rejection after the abort", async () => {
        const late = deferred<number>();
        const abort = new AbortController();
        const waiting = orAbortedAsync(late.promise, abort.signal);
        abort.abort(new Error("enough"));
        await expect(waiting).rejects.toThrow("enough");
        late.reject(new Error("late"));
        await new Promise((resolve) => setImmediate(resolve));
    });

    it("removes its listener from the signal when the promise has settled", async () => {
        const { signal } = new AbortController();
        const remove = jest.spyOn(signal, "removeEventListener");
        await orAbortedAsync(Promise.resolve(7), signal);
        await Promise.resolve();
        expect(remove).toHaveBeenCalledTimes(1);
    });
});

describe("abortable$", () => {
    it("calls its function for each subscription, and emits the result without completing", async () => {
        let begun = 0;
        const told: unknown[] = [];
        const source$ = abortable$(async () => ++begun);
        expect(begun).toBe(0);
        source$.subscribe({ next: (value) => told.push(value), complete: () => told.push("end") });
        source$.subscribe();
        await settleAsync();
        expect([begun, told]).toEqual([2, [1]]);
    });

    it("errors as the promise rejects", async () => {
        const error = new Error("no");
        await expect(firstValueFrom(abortable$(() => Promise.reject(error)))).rejects.toBe(error);
    });

    it("aborts on unsubscription, and ignores the result", async () => {
        const late = deferred<number>();
        let given: AbortSignal | null = null as AbortSignal | null;
        const told: unknown[] = [];
        const subscription = abortable$((signal) => {
            given = signal;
            return late.promise;
        }).subscribe({ next: (value) => told.push(value), error: (error) => told.push(error) });
        expect(given?.aborted).toBe(false);
        subscription.unsubscribe();
        expect(given?.aborted).toBe(true);
        late.reject(new Error("late"));
        await settleAsync();
        expect(told).toEqual([]);
    });
});
