import { onDemandAsync } from "../../../src/interop/onDemand.js";

test("a part that cannot be loaded is told with what to do, and a later try loads it", async () => {
    const cause = new TypeError("Failed to fetch dynamically imported module");
    let isThere = false;
    const load = (): Promise<string> => (isThere ? Promise.resolve("part") : Promise.reject(cause));
    await expect(onDemandAsync(load)).rejects.toMatchObject({ name: "RtcError", code: "serverUnreachable", cause });
    isThere = true;
    await expect(onDemandAsync(load)).resolves.toBe("part");
});
