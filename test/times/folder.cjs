const { resolve } = require("node:path");

/** Folder of what test runs leave behind, outside of git. */
const results = resolve(__dirname, "../../test-results");

/** Of a test file: where its environment leaves what the reporter collects. */
const recordOf = (file) => resolve(results, "records", `${file.replaceAll("/", "-")}.json`);

module.exports = { results, recordOf, table: resolve(results, "times.json") };
