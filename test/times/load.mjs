import { spawn } from "node:child_process";

/** Busy loop that runs until it is killed or this process exits. */
const spin = `(function turn() { const end = Date.now() + 50; while (Date.now() < end); process.ppid === ${process.pid} ? setImmediate(turn) : process.exit(); })();`;

/**
 * Keeps cores busy until this process exits.
 * @param {number} count - number of busy processes
 * @returns {() => void} a check that throws if one of the processes has exited
 */
export function startLoad(count) {
    const busy = Array.from({ length: count }, () => spawn(process.execPath, ["-e", spin], { stdio: "ignore" }));
    process.once("exit", () => busy.forEach((child) => child.kill("SIGKILL")));
    return () => {
        if (busy.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)) {
            throw new Error("The load has ended; start anew.");
        }
    };
}
