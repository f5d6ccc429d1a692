const { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { relative, resolve } = require("node:path");
const { recordOf, results, table } = require("./folder.cjs");

const root = resolve(__dirname, "../..");
const read = (path, otherwise) => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : otherwise);

/** Jest reporter that stores the durations of the last run of each test file, hook, test and wait in `test-results/times.json`. */
module.exports = class TimesReporter {
    constructor() {
        this._files = {};
    }

    onTestFileResult({ context }, { testFilePath, perfStats, numPassingTests, numFailingTests }) {
        const file = relative(root, testFilePath);
        const record = recordOf(file);
        this._files[file] = {
            lane: context.config.displayName?.name ?? "",
            end: new Date(perfStats.end).toISOString(),
            ms: perfStats.runtime,
            passed: numPassingTests,
            failed: numFailingTests,
            ...read(record, { hooks: [], tests: [], waits: [] }),
        };
        rmSync(record, { force: true });
    }

    onRunComplete() {
        mkdirSync(results, { recursive: true });
        // Write and rename, so that another run never reads a partial file.
        const written = `${table}.${process.pid}`;
        writeFileSync(written, JSON.stringify({ ...read(table, {}), ...this._files }, null, 1));
        renameSync(written, table);
    }
};
