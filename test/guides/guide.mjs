/**
 * A guide is a document whose code is a program. Its `ts` blocks, in their order, are one program, `main`; a block whose first line is
 * `// name.ts` belongs to the program of that name. What ends in `server` runs in Node, everything else in a page, whose body is the guide's `html`
 * blocks. What a guide takes for granted (`scene`, `plugin`) is made by a prelude, which it names in a comment: `<!-- prelude: scene -->`.
 */

const fence = /^```(.*)$/;

/**
 * @param {string} text - a guide
 * @returns its blocks, each with its language, the number of its first line (from 0), its lines, and the program that it belongs to
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

/** @returns the names of a guide's programs, in the order in which they begin */
export function programsOf(text) {
    return [...new Set(blocksOf(text).flatMap(({ program }) => program ?? []))];
}

/** @returns the test that runs a guide which is not run like the others (`<!-- run by: test/… -->`); null for all others */
export function otherTestOf(text) {
    return /<!-- run by: (test\/[\w./]+) -->/.exec(text)?.[1] ?? null;
}

/** @returns whether a program runs in Node */
export function isServer(program) {
    return /server$/i.test(program);
}

/** @returns the name of what makes the things that a guide takes for granted */
export function preludeOf(text) {
    return /<!-- prelude: (\w+) -->/.exec(text)?.[1] ?? "nothing";
}

/** @returns what is in the page's body */
export function bodyOf(text) {
    const blocks = blocksOf(text).filter(({ language }) => language === "html");
    return blocks.map(({ lines }) => lines.join("\n")).join("\n");
}

/**
 * Makes a module of a program. Its lines have the numbers that they have in the guide, so that whatever complains names the place in the guide.
 * @param text - a guide
 * @param program - of which program
 * @param preludes - the folder of preludes, as the module imports it
 * @returns the source; in a page it lets tests reach what it declares as `guide`
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

/** @returns the names of what a module declares on its first level */
function declaredIn(lines) {
    return lines.flatMap((line) => {
        const [, list, name] =
            /^(?:export )?(?:(?:const|let) (?:[{[]([^}\]=]+)[}\]]|(\w+\$?))|(?:async )?function |class )/.exec(line) ?? [];
        const [, called] = /^(?:export )?(?:(?:async )?function|class) (\w+)/.exec(line) ?? [];
        return list ? list.split(",").map((each) => each.split(":").at(-1).trim()) : (name ?? called ?? []);
    });
}
