import { spawn } from "node:child_process";

/** Spins until it is killed, or until this process is gone. */
const spin = `(function turn() { const end = Date.now() + 50; while (Date.now() < end); process.ppid === ${process.pid} ? setImmediate(turn) : process.exit(); })();`;

/**
 * Keeps cores busy until this process ends.
 * @param {number} count - how many processes spin
 * @returns {() => void} throws if one of them has ended
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
