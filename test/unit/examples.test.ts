import { readFileSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";

const root = resolve(__dirname, "../..");

/** Main entry points of both packages: source file, and code that the example in this file contains. */
const entries: readonly (readonly [string, string])[] = [
    ["src/rtcPlugin.ts", "RtcPlugin.AddToSceneAsync"],
    ["src/gui/voiceGui.ts", "new VoiceGui"],
    ["src/spatial/voiceBehavior.ts", "new VoiceBehavior"],
    ["src/room/roomSources.ts", "roomSourceOf"],
    ["src/space/ducking.ts", "new Ducking"],
    ["src/suppression/neuralSuppressor.ts", "neuralSuppressor"],
    ["src/testing/fakeVoiceTransport.ts", "new FakeVoiceTransport"],
    ["server/src/createRtcServer.ts", "createRtcServer"],
    ["server/src/tokens/grants.ts", "issueGrantAsync"],
];

/** Declarations of the values that the examples use but do not declare. */
const given = `
import type { Scene as _Scene } from "@babylonjs/core/scene.js";
import type { TransformNode as _Node } from "@babylonjs/core/Meshes/transformNode.js";
declare global {
    const scene: _Scene;
    const avatar: _Node;
    const stream: MediaStream;
    const button: HTMLButtonElement;
    const server: string;
    const secret: string;
    const worklet: string;
    const simdWasm: string;
    const wasm: string;
}
`;

interface IExample {
    readonly path: string;
    readonly code: string;
}

const examples: readonly IExample[] = ["src", "server/src"].flatMap((folder) =>
    readdirSync(resolve(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .flatMap((name) => {
            const path = `${folder}/${name}`;
            const blocks = readFileSync(resolve(root, path), "utf8").matchAll(/@example\n[ *]*```ts\n([\s\S]*?)\n[ *]*```/g);
            return [...blocks].map(([, block = ""]) => ({ path, code: block.replace(/^ *\* ?/gm, "") }));
        }),
);

/** Compiles all examples in one program, with this project's settings. Returns the compiler's messages by the path of the example's file. */
function compile(): ReadonlyMap<string, readonly string[]> {
    const { config } = ts.readConfigFile(resolve(root, "tsconfig.json"), (path) => ts.sys.readFile(path)) as { config: unknown };
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const settings: ts.CompilerOptions = { ...options, noEmit: true, noUnusedLocals: false, composite: false, incremental: false };
    const fileOf = (index: number): string => resolve(root, `example${index}.ts`);
    const sources = new Map(
        examples.map(({ code }, index) => {
            // `plugin` is declared only for the examples that do not create it.
            const plugin = /const plugin\b/.test(code) ? "" : 'declare const plugin: import("babylon-rtc").RtcPlugin;\n';
            return [fileOf(index), `${plugin}${code}\nexport {};\n`] as const;
        }),
    );
    const all = new Map([...sources, [resolve(root, "given.d.ts"), `${given}export {};\n`] as const]);
    const host = ts.createCompilerHost(settings);
    const { getSourceFile, fileExists, readFile } = host;
    host.getSourceFile = (name, language, ...more) => {
        const source = all.get(name);
        return source === undefined ? getSourceFile(name, language, ...more) : ts.createSourceFile(name, source, language);
    };
    host.fileExists = (name) => all.has(name) || fileExists(name);
    host.readFile = (name) => all.get(name) ?? readFile(name);
    const program = ts.createProgram([...all.keys()], settings, host);
    return new Map(
        examples.map(({ path }, index) => {
            const file = program.getSourceFile(fileOf(index));
            const messages = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
            return [path, messages.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))];
        }),
    );
}

describe("The examples of the API reference", () => {
    let messages: ReadonlyMap<string, readonly string[]>;

    beforeAll(() => {
        messages = compile();
    }, 240_000);

    it.each(entries)("include one in %s for %s, which compiles", (path, call) => {
        expect(examples.filter((example) => example.path === path).map(({ code }) => code)).toContainEqual(expect.stringContaining(call));
        expect(messages.get(path)).toEqual([]);
    });

    it("compile in all other files too", () => {
        expect([...messages].filter(([, each]) => each.length > 0)).toEqual([]);
    });
});
