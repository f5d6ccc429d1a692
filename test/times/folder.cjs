const { resolve } = require("node:path");

/** Folder for the results of test runs, ignored by git. */
const results = resolve(__dirname, "../../test-results");

/** Path of the record that a test file's environment writes and the reporter collects. */
const recordOf = (file) => resolve(results, "records", `${file.replaceAll("/", "-")}.json`);

module.exports = { results, recordOf, table: resolve(results, "times.json") };
