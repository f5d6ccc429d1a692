import { fork } from "node:child_process";
import { join } from "node:path";

/** A PeerServer without babylon-rtc, in a process of its own. */
export interface IBarePeerServer {
    readonly port: number;
    closeAsync(): Promise<void>;
}

/** Starts a PeerServer on a free port. */
export async function startBarePeerServerAsync(): Promise<IBarePeerServer> {
    const child = fork(join(__dirname, "peerServerProcess.mjs"), { stdio: "inherit" });
    const port = await new Promise<number>((resolve, reject) => {
        child.once("message", (message: { port: number }) => resolve(message.port));
        child.once("exit", (code) => reject(new Error(`the PeerServer ended with ${String(code)}`)));
    });
    return {
        port,
        closeAsync: async () => {
            const gone = new Promise((resolve) => child.once("exit", resolve));
            child.kill();
            await gone;
        },
    };
}
