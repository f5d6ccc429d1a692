import { spawn } from "node:child_process";
import { resolve } from "node:path";
import type { ChildProcess } from "node:child_process";

const cliPath = resolve(__dirname, "../../server/dist/server/src/cli.js");

/** Line that the command prints once it listens. The first group is the server's URL. */
export const startLine = /babylon-rtc-server listens on (\S+);/;

/** A running command, in a process of its own. */
export interface ICommand {
    readonly child: ChildProcess;
    readonly ended: Promise<{ code: number | null; output: string }>;
    /** Everything printed so far. */
    output(): string;
    /** Resolves with the first match in the output. Rejects if the command ends without one. */
    lineAsync(pattern: RegExp): Promise<RegExpExecArray>;
}

/**
 * Runs the command as last built, by default without `NODE_ENV` and `BABYLON_RTC_SECRET`.
 * @param args - its arguments
 * @param env - environment variables to set; undefined unsets a variable
 * @returns the process, which the caller stops
 */
export function runCommand(args: readonly string[], env: Record<string, string | undefined> = {}): ICommand {
    const child = spawn(process.execPath, [cliPath, ...args], {
        env: { ...process.env, NODE_ENV: undefined, BABYLON_RTC_SECRET: undefined, ...env },
        stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const listeners = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (data: Buffer) => {
            output += data.toString();
            listeners.forEach((look) => look());
        });
    }
    const ended = new Promise<{ code: number | null; output: string }>((done) => child.once("close", (code) => done({ code, output })));
    return {
        child,
        ended,
        output: () => output,
        async lineAsync(pattern) {
            return await new Promise((found, reject) => {
                const look = (): void => {
                    const match = pattern.exec(output);
                    if (match) {
                        listeners.delete(look);
                        found(match);
                    }
                };
                listeners.add(look);
                look();
                void ended.then(({ code }) => reject(new Error(`It ended with ${code}: ${output}`)));
            });
        },
    };
}
