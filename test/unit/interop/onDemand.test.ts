import { onDemandAsync } from "../../../src/interop/onDemand.js";

test("onDemandAsync rejects with serverUnreachable when a module fails to load, and loads it on a later call", async () => {
    const cause = new TypeError("Failed to fetch dynamically imported module");
    let isThere = false;
    const load = (): Promise<string> => (isThere ? Promise.resolve("part") : Promise.reject(cause));
    const message: unknown = expect.stringContaining("reload the page");
    await expect(onDemandAsync(load)).rejects.toMatchObject({ name: "RtcError", code: "serverUnreachable", message, cause });
    isThere = true;
    await expect(onDemandAsync(load)).resolves.toBe("part");
});
