const { mkdirSync, writeFileSync } = require("node:fs");
const { dirname, relative, resolve } = require("node:path");
const NodeEnvironment = require("jest-environment-node").TestEnvironment;
const { recordOf } = require("./folder.cjs");

const root = resolve(__dirname, "../..");

/** Full title of a hook or test, including the titles of its `describe` blocks. */
function titleOf(block, name) {
    const titles = [name];
    for (let at = block; at?.parent; at = at.parent) {
        titles.unshift(at.name);
    }
    return titles.join(" › ");
}

/** Jest's Node environment that records the duration of each hook, test and wait, in milliseconds. */
module.exports = class TimedEnvironment extends NodeEnvironment {
    constructor(config, context) {
        super(config, context);
        this._file = relative(root, context.testPath);
        this._record = { hooks: [], tests: [], waits: [] };
        this._begun = new Map();
    }

    async setup() {
        await super.setup();
        this.global.noteWait = (kind, name, ms) => this._record.waits.push({ kind, name, ms: Math.round(ms) });
    }

    handleTestEvent({ name, hook, test }) {
        switch (name) {
            case "hook_start":
                this._begun.set(hook, performance.now());
                break;
            case "hook_success":
            case "hook_failure":
                this._note("hooks", hook, titleOf(hook.parent, hook.type));
                break;
            case "test_fn_start":
                this._begun.set(test, performance.now());
                break;
            case "test_fn_success":
            case "test_fn_failure":
                this._note("tests", test, titleOf(test.parent, test.name));
        }
    }

    async teardown() {
        const path = recordOf(this._file);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, JSON.stringify(this._record));
        await super.teardown();
    }

    _note(list, what, name) {
        this._record[list].push({ name, ms: Math.round(performance.now() - (this._begun.get(what) ?? NaN)) });
        this._begun.delete(what);
    }
};
