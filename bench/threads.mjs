// CPU time of the audio threads of a browser's pages, as Linux counts it.
import { existsSync, readFileSync, readdirSync } from "node:fs";

/** Chromium names the thread that renders an AudioContext AudioOutputDevice, or AudioWorklet… once it has a worklet; Linux cuts names at 15 characters. */
const audioThread = /^Audio(Output|Worklet)|^WebAudio|^Offline/i;

/** True if this system tells. */
export const canReadThreads = process.platform === "linux" && existsSync("/proc/self/task");

/** The process ids of the browser's pages. */
export async function rendererIdsAsync(browser) {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

/** The audio threads of these processes: thread id, name and seconds of CPU so far. */
export function audioThreads(processIds) {
    return processIds.flatMap((processId) =>
        readdirSync(`/proc/${processId}/task`).flatMap((thread) => {
            const folder = `/proc/${processId}/task/${thread}`;
            const name = readFileSync(`${folder}/comm`, "utf8").trim();
            return audioThread.test(name) ? [{ thread, name, seconds: cpuSeconds(folder) }] : [];
        }),
    );
}

function cpuSeconds(folder) {
    try {
        // In nanoseconds, where the kernel has it.
        return Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]) / 1e9;
    } catch {
        // utime and stime, the 14th and 15th field, in ticks of 10 ms; the name before them may hold spaces.
        const fields = readFileSync(`${folder}/stat`, "utf8")
            .replace(/^.*\) /, "")
            .split(" ");
        return (Number(fields[11]) + Number(fields[12])) / 100;
    }
}
