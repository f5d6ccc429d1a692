/**
 * Formats the results of the same tests over several rounds.
 * @param {readonly import("./roundsTable.d.mts").IRound[]} rounds - Jest's results and the recorded figures
 * @returns {string} a block per test, with a line per round
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
