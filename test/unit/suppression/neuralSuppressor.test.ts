import { loadModelAsync } from "../../../src/suppression/loadAssets.js";
import { neuralSuppressor } from "../../../src/suppression/neuralSuppressor.js";

/** The shortest valid WebAssembly module. */
const model = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const page = new TextEncoder().encode("<!doctype html>");

describe("The model of the suppressor", () => {
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

    it("is the fast one if the browser accepts it, and then the plain one is not loaded", async () => {
        expect(new Uint8Array(await loadModelAsync("fast", "plain"))).toEqual(model);
        expect(asked).toEqual(["fast"]);
    });

    it("is the plain one if the browser does not accept the fast one", async () => {
        answers.fast = new Uint8Array([...model, 0xff]);
        expect(new Uint8Array(await loadModelAsync("fast", "plain"))).toEqual(model);
        expect(asked).toEqual(["fast", "plain"]);
    });

    it("is named with its address if it cannot be loaded", async () => {
        delete answers.fast;
        await expect(loadModelAsync("fast", "plain")).rejects.toThrow(/^fast could not be loaded/);
    });

    it("is rejected with unsupported if the server answers with a web page", async () => {
        answers = { fast: page, plain: page };
        await expect(loadModelAsync("fast", "plain")).rejects.toMatchObject({ code: "unsupported" });
    });
});

describe("neuralSuppressor", () => {
    it("rejects with unsupported if the browser lacks a feature, and requests no file", async () => {
        const fetching = jest.spyOn(globalThis, "fetch");
        const make = neuralSuppressor({ worklet: "w", simdWasm: "s", wasm: "p" });
        await expect(make({} as AudioContext)).rejects.toMatchObject({ name: "RtcError", code: "unsupported" });
        expect(fetching).not.toHaveBeenCalled();
        fetching.mockRestore();
    });
});
