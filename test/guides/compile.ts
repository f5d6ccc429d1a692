import { resolve } from "node:path";
import ts from "typescript";
import { isServer, preludeOf, programsOf, sourceOf } from "./guide.mjs";

const root = resolve(__dirname, "../..");
const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(resolve(root, "tsconfig.json"), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    root,
);
/** A guide's text, and its path from the project's root. */
export interface IGuideText {
    readonly path: string;
    readonly text: string;
}

/** Files that TypeScript has parsed, for all guides. */
const parsed = new Map<string, ts.SourceFile | undefined>();

const fileOf = (path: string, program: string): string => resolve(root, `${path}.${program}.ts`);

/** Programs of guides that see the same globals, compiled together. */
class GuideCompilation {
    private readonly _program: ts.Program;

    /**
     * @param sources - by their files
     * @param own - compiler options beside the project's
     */
    public constructor(sources: ReadonlyMap<string, string>, own: ts.CompilerOptions) {
        const settings: ts.CompilerOptions = { ...options, ...own };
        const host = ts.createCompilerHost(settings);
        const { getSourceFile, fileExists, readFile } = host;
        host.getSourceFile = (name, language, onError) => {
            if (!parsed.has(name)) {
                const source = sources.get(name);
                parsed.set(
                    name,
                    source === undefined ? getSourceFile(name, language, onError) : ts.createSourceFile(name, source, language),
                );
            }
            return parsed.get(name);
        };
        host.fileExists = (name) => sources.has(name) || fileExists(name);
        host.readFile = (name) => sources.get(name) ?? readFile(name);
        this._program = ts.createProgram([...sources.keys()], settings, host);
    }

    /** @returns what the compiler says of one file, each with its line in the guide */
    public errorsOf(file: string, path: string): string[] {
        const source = this._program.getSourceFile(file);
        const errors = [
            ...this._program.getOptionsDiagnostics(),
            ...this._program.getSyntacticDiagnostics(source),
            ...this._program.getSemanticDiagnostics(source),
        ];
        return errors.map(({ file: where, start = 0, messageText }) => {
            const said = ts.flattenDiagnosticMessageText(messageText, "\n");
            const line = where ? where.getLineAndCharacterOfPosition(start).line + 1 : 0;
            return `${where?.fileName === file ? path : (where?.fileName ?? path)}:${line} ${said}`;
        });
    }
}

/**
 * Compiles the programs of guides as strictly as this project's own code, against the packages' public exports.
 * @param guides - whose programs; those that take the same things for granted are compiled together, once, when the first of them is asked for
 * @returns gives what the compiler says of a program, each with its line in the guide
 */
export function guideCompiler(guides: readonly IGuideText[]): (path: string, program: string) => string[] {
    const groupOf = (text: string, program: string): string => (isServer(program) ? "server" : preludeOf(text));
    const sources = new Map<string, Map<string, string>>();
    const groups = new Map<string, string>();
    for (const { path, text } of guides) {
        for (const program of programsOf(text)) {
            const group = groupOf(text, program);
            const file = fileOf(path, program);
            groups.set(file, group);
            sources.set(
                group,
                (sources.get(group) ?? new Map<string, string>()).set(file, sourceOf(text, program, "../../test/guides/prelude")),
            );
        }
    }
    const compiled = new Map<string, GuideCompilation>();
    return (path, program) => {
        const file = fileOf(path, program);
        const group = groups.get(file) ?? "";
        let compilation = compiled.get(group);
        if (!compilation) {
            // A server program has no page around it; what a page's program declares is used by its test.
            const own = group === "server" ? { lib: ["lib.es2023.d.ts"], types: ["node"] } : { types: [], noUnusedLocals: false };
            compilation = new GuideCompilation(sources.get(group) ?? new Map<string, string>(), own);
            compiled.set(group, compilation);
        }
        return compilation.errorsOf(file, path);
    };
}
