import { loadModelAsync } from "../../../src/suppression/loadAssets.js";
import { neuralSuppressor } from "../../../src/suppression/neuralSuppressor.js";

/** The shortest valid WebAssembly module. */
const model = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const page = new TextEncoder().encode("<!doctype html>");

describe("the suppressor's network", () => {
    let asked: string[];
    let answers: Record<string, Uint8Array | number>;

    beforeEach(() => {
        asked = [];
        answers = { fast: model, plain: model };
        jest.spyOn(globalThis, "fetch").mockImplementation((address) => {
            const name = address as string;
            asked.push(name);
            const answer = answers[name] ?? 404;
            return Promise.resolve(typeof answer === "number" ? new Response(null, { status: answer }) : new Response(Buffer.from(answer)));
        });
    });

    afterEach(() => jest.restoreAllMocks());

    it("is the fast one where the browser takes it, and then the other is not loaded", async () => {
        expect(new Uint8Array(await loadModelAsync("fast", "plain"))).toEqual(model);
        expect(asked).toEqual(["fast"]);
    });

    it("is the other one where the browser does not take it", async () => {
        answers.fast = new Uint8Array([...model, 0xff]);
        expect(new Uint8Array(await loadModelAsync("fast", "plain"))).toEqual(model);
        expect(asked).toEqual(["fast", "plain"]);
    });

    it("that is not there is told with its address", async () => {
        delete answers.fast;
        await expect(loadModelAsync("fast", "plain")).rejects.toThrow(/^fast could not be loaded/);
    });

    it("that is a web page, as servers of single pages answer, is told as such", async () => {
        answers = { fast: page, plain: page };
        await expect(loadModelAsync("fast", "plain")).rejects.toMatchObject({ code: "unsupported" });
    });
});

describe("neuralSuppressor", () => {
    it("says what the browser lacks, and asks for nothing", async () => {
        const fetching = jest.spyOn(globalThis, "fetch");
        const make = neuralSuppressor({ worklet: "w", simdWasm: "s", wasm: "p" });
        await expect(make({} as AudioContext)).rejects.toMatchObject({ name: "RtcError", code: "unsupported" });
        expect(fetching).not.toHaveBeenCalled();
        fetching.mockRestore();
    });
});
