/**
 * A table of what came of the same tests in each of several rounds.
 * @param {readonly import("./roundsTable.d.mts").IRound[]} rounds - Jest's results and the figures that tests kept
 * @returns {string} a block for each test, with a line for each round
 */
export function roundsTable(rounds) {
    const names = [...new Set(rounds.flatMap(({ tests }) => tests.filter(wasRun).map(({ fullName }) => fullName)))];
    return names
        .map((name) => {
            const lines = rounds.map(({ tests, figures }, index) => {
                const status = tests.find(({ fullName }) => fullName === name)?.status ?? "not run";
                const kept = figures.filter(({ test }) => test === name).map((each) => each.figures);
                return `    ${index + 1}  ${[status, ...kept].join("; ")}`;
            });
            return [name, ...lines].join("\n");
        })
        .join("\n");
}

function wasRun({ status }) {
    return status === "passed" || status === "failed";
}
