// CPU time of the audio threads of a browser's pages, from Linux's /proc.
import { existsSync, readFileSync, readdirSync } from "node:fs";

/**
 * Names of the threads that render an AudioContext in Chromium: AudioOutputDevice, or AudioWorklet… with a worklet. Linux truncates names to 15
 * characters.
 */
const audioThread = /^Audio(Output|Worklet)|^WebAudio|^Offline/i;

/** True if the system reports CPU time per thread. */
export const canReadThreads = process.platform === "linux" && existsSync("/proc/self/task");

/** The process ids of the browser's pages. */
export async function rendererIdsAsync(browser) {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

/** Audio threads of the given processes: thread id, name and CPU seconds so far. */
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
        // The first field is the CPU time in nanoseconds. Not every kernel has this file.
        return Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]) / 1e9;
    } catch {
        // utime and stime are fields 14 and 15, in ticks of 10 ms. The thread name before them can contain spaces.
        const fields = readFileSync(`${folder}/stat`, "utf8")
            .replace(/^.*\) /, "")
            .split(" ");
        return (Number(fields[11]) + Number(fields[12])) / 100;
    }
}
