// `npm run test:times`: durations of tests, hooks and waits in their last run, slowest first.
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import folder from "./folder.cjs";

const { values } = parseArgs({ options: { lane: { type: "string" }, most: { type: "string", default: "25" }, help: { type: "boolean" } } });
if (values.help) {
    console.log("npm run test:times -- [--lane unit|scene|server|sound|firefox|drawn|waiting] [--most <rows of hooks, waits and tests>]");
    process.exit(0);
}
if (!existsSync(folder.table)) {
    console.error(`No tests have run yet: ${folder.table} is missing. Run "npm test" or "npm run test:fast" first.`);
    process.exit(1);
}
const files = Object.entries(JSON.parse(readFileSync(folder.table, "utf8")))
    .map(([file, record]) => ({ file, ...record }))
    .filter(({ file }) => existsSync(file))
    .filter(({ lane }) => values.lane === undefined || lane === values.lane)
    .sort((a, b) => b.ms - a.ms);

const seconds = (ms) => (ms / 1_000).toFixed(1);
const sum = (list) => list.reduce((total, { ms }) => total + ms, 0);

/** Prints rows under a heading. All columns but the last are right-aligned. */
function print(heading, columns, rows) {
    const text = rows.map((row) => row.map(String));
    const widths = columns.map((column, i) => Math.max(column.length, ...text.map((row) => row[i].length)));
    const line = (row) => row.map((cell, i) => (i < row.length - 1 ? cell.padStart(widths[i]) : cell)).join("  ");
    console.log(`\n${heading}\n${line(columns)}\n${text.map(line).join("\n")}`);
}

print(
    "Test files, seconds",
    ["all", "hooks", "pages", "browsers", "tests", "lane", "file"],
    files.map(({ file, lane, ms, hooks, waits, tests }) => {
        const [pages, browsers] = ["page", "browser"].map((kind) => waits.filter((wait) => wait.kind === kind));
        return [
            seconds(ms),
            seconds(sum(hooks)),
            `${pages.length} in ${seconds(sum(pages))}`,
            seconds(sum(browsers)),
            tests.length,
            lane,
            file,
        ];
    }),
);
for (const lane of new Set(files.map((file) => file.lane))) {
    const own = files.filter((file) => file.lane === lane);
    console.log(`${lane}: ${own.length} files, ${own.reduce((total, { tests }) => total + tests.length, 0)} tests, ${seconds(sum(own))} s`);
}
for (const list of ["hooks", "waits", "tests"]) {
    const rows = files.flatMap(({ file, [list]: entries }) =>
        entries.map(({ kind, name, ms }) => [ms, [file, kind === undefined ? name : `${kind} ${name}`]]),
    );
    rows.sort(([a], [b]) => b - a);
    print(
        `Slowest ${list}, seconds`,
        ["all", "file", "name"],
        rows.slice(0, Number(values.most)).map(([ms, cells]) => [seconds(ms), ...cells]),
    );
}
