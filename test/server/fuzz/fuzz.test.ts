import { execFile } from "node:child_process";
import { join } from "node:path";
import { ensureBuiltAsync } from "../harness";

jest.setTimeout(120_000);

const script = join(__dirname, "run.mjs");

async function runAsync(...args: string[]): Promise<{ code: number; output: string }> {
    return await new Promise((resolve) => {
        execFile(process.execPath, [script, ...args], { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
            resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, output: stdout + stderr }),
        );
    });
}

beforeAll(ensureBuiltAsync);

describe("A server that receives mutated frames over HTTP and its three kinds of sockets", () => {
    // `npm run test:fuzz` sends many more frames, 100,000 by default.
    it("keeps running, logs nothing, and serves other clients, with raised and with default limits", async () => {
        const runs = await Promise.all([
            runAsync("--seed", "1", "--frames", "6000", "--limits", "raised"),
            runAsync("--seed", "2", "--frames", "1500", "--limits", "default"),
        ]);
        const stands = { code: 0, output: expect.stringMatching(/^frames: \d+ [\s\S]*The server stands\.$/m) as string };
        expect(runs).toEqual([stands, stands]);
    });
});
