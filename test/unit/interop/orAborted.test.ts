import { orAborted } from "../../../src/interop/orAborted.js";
import { deferred } from "../../fakes/deferred.js";

describe("orAborted", () => {
    it("gives what the promise gives", async () => {
        await expect(orAborted(Promise.resolve(7), new AbortController().signal)).resolves.toBe(7);
    });

    it("rejects as the promise rejects", async () => {
        const error = new Error("no");
        await expect(orAborted(Promise.reject(error), new AbortController().signal)).rejects.toBe(error);
    });

    it("rejects with the signal's reason when that fires first", async () => {
        const abort = new AbortController();
        const waiting = orAborted(new Promise(() => undefined), abort.signal);
        const reason = new Error("enough");
        abort.abort(reason);
        await expect(waiting).rejects.toBe(reason);
    });

    it("rejects at once when the signal has fired before", async () => {
        const reason = new Error("enough");
        await expect(orAborted(new Promise(() => undefined), AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it("makes an error of a reason that is none", async () => {
        await expect(orAborted(new Promise(() => undefined), AbortSignal.abort("bored"))).rejects.toThrow("bored");
    });

    it("swallows the rejection of a promise that nobody waits for any more", async () => {
        const late = deferred<number>();
        const abort = new AbortController();
        const waiting = orAborted(late.promise, abort.signal);
        abort.abort(new Error("enough"));
        await expect(waiting).rejects.toThrow("enough");
        late.reject(new Error("late"));
        await new Promise((resolve) => setImmediate(resolve));
    });

    it("lets go of the signal when the promise has settled", async () => {
        const { signal } = new AbortController();
        const remove = jest.spyOn(signal, "removeEventListener");
        await orAborted(Promise.resolve(7), signal);
        await Promise.resolve();
        expect(remove).toHaveBeenCalledTimes(1);
    });
});
