// API report: the sorted declarations that each entry of both packages exports, without bodies, comments and private members.
// `node tools/publicTypes.mjs` writes the report to docs/public-types.txt. test/unit/publicTypes.test.ts compares it with the code.
import { readFileSync, existsSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Path of the API report. */
export const publicTypesFile = join(root, "docs/public-types.txt");

const entries = {
    "babylon-rtc": "src/index.ts",
    "babylon-rtc/gui": "src/gui/index.ts",
    "babylon-rtc/space": "src/space/index.ts",
    "babylon-rtc/suppression": "src/suppression/index.ts",
    "babylon-rtc/testing": "src/testing/index.ts",
    "babylon-rtc-server": "server/src/index.ts",
};

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
const sources = new Map();
let exportedNames;

/** @returns {string} the API report for all entries */
export function publicTypes() {
    return Object.entries(entries)
        .map(([name, path]) => `# ${name}\n\n${declarationsOf(path)}\n`)
        .join("\n");
}

function declarationsOf(path) {
    const exported = [...exportsOf(join(root, path))].sort(([a], [b]) => (a < b ? -1 : 1));
    return exported.flatMap(([, declarations]) => declarations.map(({ statement, source }) => textOf(statement, source))).join("\n");
}

/** Exported names of a file, with the statements that declare them. */
function exportsOf(path) {
    const source = sourceOf(path);
    const found = new Map();
    const add = (name, declaration) => found.set(name, [...(found.get(name) ?? []), declaration]);
    for (const statement of source.statements) {
        if (ts.isExportDeclaration(statement) && statement.moduleSpecifier) {
            const theirs = exportsOf(fileOf(path, statement.moduleSpecifier.text));
            const wanted = statement.exportClause?.elements.map((each) => [(each.propertyName ?? each.name).text, each.name.text]);
            for (const [from, to] of wanted ?? [...theirs.keys()].map((name) => [name, name])) {
                (theirs.get(from) ?? missing(from, path)).forEach((declaration) => add(to, declaration));
            }
        } else if (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) {
            const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
            declared.forEach(({ name }) => add(name.text, { statement, source }));
        }
    }
    return found;
}

/** Text of a declaration, without function bodies and without non-public members. */
function textOf(statement, source) {
    if (ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement)) {
        const members = [...membersOf(statement, source)].sort((a, b) => (a < b ? -1 : 1));
        const head = print(headOf(statement, source), source).replace(/\{\s*\}$/, "{");
        return [head, ...members.map((member) => indent(member)), "}"].join("\n");
    }
    return print(withoutBodies(statement), source);
}

/** Members as text, including those inherited from classes and interfaces that are not exported. */
function membersOf(declaration, source) {
    const own = declaration.members.filter((member) => !isHidden(member)).map((member) => print(withoutBodies(member), source));
    const names = new Set(declaration.members.map(({ name }) => name?.getText(source)));
    const inherited = hiddenParentsOf(declaration, source).flatMap((parent) => {
        const members = membersOf(parent.declaration, parent.source).filter((text) => !/^(public )?constructor\b/.test(text));
        return members.filter(
            (text) => ![...names].some((name) => name && new RegExp(`\\b${name.replace(/\$/g, "\\$")}[(:;?]`).test(text)),
        );
    });
    return [...own, ...inherited];
}

/** True for a private or protected member. */
function isHidden({ name, modifiers }) {
    const { PrivateKeyword, ProtectedKeyword } = ts.SyntaxKind;
    return (name && ts.isPrivateIdentifier(name)) || modifiers?.some(({ kind }) => kind === PrivateKeyword || kind === ProtectedKeyword);
}

/** Base classes and interfaces that no entry exports, with their source files. */
function hiddenParentsOf(declaration, source) {
    return (declaration.heritageClauses ?? [])
        .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
        .flatMap(({ types }) => types.map(({ expression }) => expression.getText(source)))
        .map((name) => declarationIn(name, source))
        .filter((parent) => parent && !isExported(parent.declaration.name.text));
}

/** Declaration of a name used in a file, if it is one of our classes or interfaces; else null. */
function declarationIn(name, source) {
    for (const statement of source.statements) {
        if ((ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement)) && statement.name?.text === name) {
            return { declaration: statement, source };
        }
        const imported = ts.isImportDeclaration(statement) && statement.moduleSpecifier.text.startsWith(".") && statement.importClause;
        if (imported?.namedBindings?.elements?.some((each) => each.name.text === name)) {
            return declarationIn(name, sourceOf(fileOf(source.fileName, statement.moduleSpecifier.text)));
        }
    }
    return null;
}

function isExported(name) {
    exportedNames ??= new Set(Object.values(entries).flatMap((path) => [...exportsOf(join(root, path)).keys()]));
    return exportedNames.has(name);
}

/** The declaration of a class or interface, without its members, and without those of its parents that no entry exports. */
function headOf(declaration, source) {
    const hidden = new Set(hiddenParentsOf(declaration, source).map(({ declaration: parent }) => parent.name.text));
    const clauses = declaration.heritageClauses
        ?.map((clause) =>
            ts.factory.updateHeritageClause(
                clause,
                clause.types.filter(({ expression }) => !hidden.has(expression.getText(source))),
            ),
        )
        .filter(({ types }) => types.length > 0);
    const { name, modifiers, typeParameters } = declaration;
    return ts.isClassDeclaration(declaration)
        ? ts.factory.updateClassDeclaration(declaration, modifiers, name, typeParameters, clauses, [])
        : ts.factory.updateInterfaceDeclaration(declaration, modifiers, name, typeParameters, clauses, []);
}

/** A node without function bodies, without parameter defaults, and without initialisers of typed properties and variables. */
function withoutBodies(node) {
    const { factory } = ts;
    const isFunction = (each) =>
        ts.isFunctionDeclaration(each) || ts.isMethodDeclaration(each) || ts.isConstructorDeclaration(each) || ts.isAccessor(each);
    const visitor = (context) => (root) => {
        const visit = (each) => {
            if (ts.isPropertyDeclaration(each) && each.type) {
                return factory.updatePropertyDeclaration(each, each.modifiers, each.name, each.questionToken, each.type, undefined);
            }
            if (ts.isVariableDeclaration(each) && each.type) {
                return factory.updateVariableDeclaration(each, each.name, each.exclamationToken, each.type, undefined);
            }
            if (ts.isParameter(each) && each.initializer) {
                const { modifiers, dotDotDotToken, name, type } = each;
                const optional = factory.createToken(ts.SyntaxKind.QuestionToken);
                return factory.updateParameterDeclaration(each, modifiers, dotDotDotToken, name, optional, type, undefined);
            }
            if (isFunction(each)) {
                const visited = ts.visitEachChild(each, (child) => (child === each.body ? undefined : visit(child)), context);
                return visited;
            }
            return ts.visitEachChild(each, visit, context);
        };
        return visit(root);
    };
    return ts.transform(node, [visitor]).transformed[0];
}

function print(node, source) {
    return printer.printNode(ts.EmitHint.Unspecified, node, source);
}

function indent(text) {
    return text.replace(/^/gm, "    ");
}

function sourceOf(path) {
    if (!sources.has(path)) {
        sources.set(path, ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true));
    }
    return sources.get(path);
}

function fileOf(from, specifier) {
    const path = join(dirname(from), specifier.replace(/\.js$/, ".ts"));
    return existsSync(path) ? path : missing(specifier, from);
}

function missing(what, path) {
    throw new Error(`${what} is missing, but ${relative(root, path)} exports it.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    writeFileSync(publicTypesFile, publicTypes());
}
