import { resolve } from "node:path";
import ts from "typescript";
import { isServer, sourceOf } from "./guide.mjs";

const root = resolve(__dirname, "../..");
const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(resolve(root, "tsconfig.json"), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    root,
);
/** What was parsed once serves every guide. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/**
 * Compiles one program of a guide as strictly as this project's own code, against the packages' public exports.
 * @param path - the guide, from the project's root
 * @param text - what is written in it
 * @param program - which of its programs
 * @returns what the compiler says, each with its line in the guide
 */
export function typeErrorsOf(path: string, text: string, program: string): string[] {
    const file = resolve(root, `${path}.${program}.ts`);
    // A server program has no page around it; what a page's program declares is used by its test.
    const own = isServer(program) ? { lib: ["lib.es2023.d.ts"], types: ["node"] } : { types: [], noUnusedLocals: false };
    const settings: ts.CompilerOptions = { ...options, ...own };
    const host = ts.createCompilerHost(settings);
    const { getSourceFile, fileExists, readFile } = host;
    const source = sourceOf(text, program, "../../test/guides/prelude");
    host.getSourceFile = (name, language, onError) => {
        if (name === file) {
            return ts.createSourceFile(name, source, language);
        }
        if (!parsed.has(name)) {
            parsed.set(name, getSourceFile(name, language, onError));
        }
        return parsed.get(name);
    };
    host.fileExists = (name) => name === file || fileExists(name);
    host.readFile = (name) => (name === file ? source : readFile(name));
    const compiled = ts.createProgram([file], settings, host);
    const errors = [
        ...compiled.getOptionsDiagnostics(),
        ...compiled.getSyntacticDiagnostics(),
        ...compiled.getSemanticDiagnostics(compiled.getSourceFile(file)),
    ];
    return errors.map(({ file: where, start = 0, messageText }) => {
        const said = ts.flattenDiagnosticMessageText(messageText, "\n");
        const line = where ? where.getLineAndCharacterOfPosition(start).line + 1 : 0;
        return `${where?.fileName === file ? path : (where?.fileName ?? path)}:${line} ${said}`;
    });
}
