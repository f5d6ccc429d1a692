import { resolve } from "node:path";
import ts from "typescript";
import { isServer, preludeOf, programsOf, sourceOf } from "./guide.mjs";

const root = resolve(__dirname, "../..");
const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(resolve(root, "tsconfig.json"), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    root,
);
/** Cache of parsed files, shared by page and server programs. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** A guide: its path relative to the project root, and its text. */
export interface IGuideText {
    readonly path: string;
    readonly text: string;
}

/**
 * Compiles the programs in guides with this project's strict settings, against the packages' public exports. Programs with the same prelude
 * (`preludeOf`) are compiled together, and so are all server programs.
 * @param guides - the guides
 * @returns a function that returns the compiler messages for a program of a guide, with line numbers in the guide
 */
export function guideCompiler(guides: readonly IGuideText[]): (path: string, program: string) => string[] {
    const fileOf = (path: string, program: string): string => resolve(root, `${path}.${program}.ts`);
    const groupOf = (text: string, program: string): string => (isServer(program) ? "server" : preludeOf(text));
    const compiled = new Map<string, ts.Program>();
    const compile = (group: string): ts.Program => {
        const sources = new Map(
            guides.flatMap(({ path, text }) =>
                programsOf(text)
                    .filter((program) => groupOf(text, program) === group)
                    .map((program) => [fileOf(path, program), sourceOf(text, program, "../../test/guides/prelude")] as const),
            ),
        );
        // A server program has no DOM. Declarations in a page program may be unused, because its test uses them.
        const own = group === "server" ? { lib: ["lib.es2023.d.ts"], types: ["node"] } : { types: [], noUnusedLocals: false };
        const settings: ts.CompilerOptions = { ...options, ...own };
        return ts.createProgram([...sources.keys()], settings, hostOf(settings, sources));
    };
    return (path, program) => {
        const group = groupOf(guides.find((guide) => guide.path === path)?.text ?? "", program);
        const whole = compiled.get(group) ?? compile(group);
        compiled.set(group, whole);
        const file = whole.getSourceFile(fileOf(path, program));
        const errors = [...whole.getOptionsDiagnostics(), ...whole.getSyntacticDiagnostics(file), ...whole.getSemanticDiagnostics(file)];
        return errors.map(({ file: where, start = 0, messageText }) => {
            const said = ts.flattenDiagnosticMessageText(messageText, "\n");
            const line = where ? where.getLineAndCharacterOfPosition(start).line + 1 : 0;
            return `${where && where !== file ? where.fileName : path}:${line} ${said}`;
        });
    };
}

/** Compiler host with in-memory sources. Other files are read from disk. */
function hostOf(settings: ts.CompilerOptions, sources: ReadonlyMap<string, string>): ts.CompilerHost {
    const host = ts.createCompilerHost(settings);
    const { getSourceFile, fileExists, readFile } = host;
    host.getSourceFile = (name, language, onError) => {
        const source = sources.get(name);
        if (source !== undefined) {
            return ts.createSourceFile(name, source, language);
        }
        if (!parsed.has(name)) {
            parsed.set(name, getSourceFile(name, language, onError));
        }
        return parsed.get(name);
    };
    host.fileExists = (name) => sources.has(name) || fileExists(name);
    host.readFile = (name) => sources.get(name) ?? readFile(name);
    return host;
}
