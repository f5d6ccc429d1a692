/**
 * A guide is a document whose code blocks form programs. Its `ts` blocks, in order, form the program `main`; a block whose first line is
 * `// name.ts` belongs to the program `name`. A program whose name ends in `server` runs in Node. All other programs run in a page, whose body is
 * the guide's `html` blocks. A prelude creates the objects that a guide presupposes (`scene`, `plugin`). The guide names it in a comment:
 * `<!-- prelude: scene -->`.
 */

const fence = /^```(.*)$/;

/**
 * @param {string} text - text of a guide
 * @returns the code blocks, each with language, number of the first line (from 0), lines, and program
 */
export function blocksOf(text) {
    const blocks = [];
    let open = null;
    for (const [number, line] of text.split("\n").entries()) {
        const [, language] = fence.exec(line) ?? [];
        if (language !== undefined && open) {
            blocks.push(open);
            open = null;
        } else if (language !== undefined) {
            open = { language, first: number + 1, lines: [], program: null };
        } else if (open) {
            open.lines.push(line);
            if (open.language === "ts" && open.lines.length === 1) {
                open.program = /^\/\/ (\w+)\.ts\b/.exec(line)?.[1] ?? "main";
            }
        }
    }
    if (open) {
        throw new Error(`The block in line ${open.first} has no end.`);
    }
    return blocks;
}

/** @returns the names of a guide's programs, in order of their first blocks */
export function programsOf(text) {
    return [...new Set(blocksOf(text).flatMap(({ program }) => program ?? []))];
}

/** @returns the special test of a guide with `<!-- run by: test/… -->`; null for other guides */
export function otherTestOf(text) {
    return /<!-- run by: (test\/[\w./]+) -->/.exec(text)?.[1] ?? null;
}

/** @returns true if a program runs in Node */
export function isServer(program) {
    return /server$/i.test(program);
}

/** @returns the name of a guide's prelude; `nothing` by default */
export function preludeOf(text) {
    return /<!-- prelude: (\w+) -->/.exec(text)?.[1] ?? "nothing";
}

/** @returns the HTML of the page's body */
export function bodyOf(text) {
    const blocks = blocksOf(text).filter(({ language }) => language === "html");
    return blocks.map(({ lines }) => lines.join("\n")).join("\n");
}

/**
 * Creates the module source of a program. Line numbers are those of the guide, so that error messages refer to the guide.
 * @param text - text of a guide
 * @param program - name of the program
 * @param preludes - folder of the preludes, as an import path
 * @returns the source; a page program exposes its declarations to tests as `globalThis.guide`
 */
export function sourceOf(text, program, preludes) {
    const lines = text.split("\n").map(() => "");
    for (const block of blocksOf(text)) {
        if (block.program === program) {
            lines.splice(block.first, block.lines.length, ...block.lines);
        }
    }
    if (!isServer(program)) {
        // The first line of a guide is its title.
        lines[0] = `import "${preludes}/${preludeOf(text)}.js";`;
        lines.push(`globalThis.guide = { ${declaredIn(lines).map((name) => `get ${name}() { return ${name}; }`)} };`);
    }
    return lines.join("\n");
}

/** @returns the names that a module declares at top level */
function declaredIn(lines) {
    return lines.flatMap((line) => {
        const [, list, name] =
            /^(?:export )?(?:(?:const|let) (?:[{[]([^}\]=]+)[}\]]|(\w+\$?))|(?:async )?function |class )/.exec(line) ?? [];
        const [, called] = /^(?:export )?(?:(?:async )?function|class) (\w+)/.exec(line) ?? [];
        return list ? list.split(",").map((each) => each.split(":").at(-1).trim()) : (name ?? called ?? []);
    });
}
