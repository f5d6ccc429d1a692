import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import type { ChildProcess } from "node:child_process";

/** Working directory and environment of a command. */
export interface ICommandPlace {
    readonly cwd: string;
    /** Variables added to the fresh environment. Default: npm's offline mode. */
    readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command line and waits until it exits.
 * @returns the output; rejects with the output if the command fails
 */
export async function runAsync(line: string, place: ICommandPlace): Promise<string> {
    const { child, output } = start(line, place);
    const code = await new Promise((resolve) => child.once("close", resolve));
    if (code !== 0) {
        throw new Error(`"${line}" ended with ${String(code)}:\n${output()}`);
    }
    return output();
}

/** A long-running command. */
export interface IRunningCommand {
    /** Output so far. */
    output(): string;
    /** Stops the command and its child processes. Resolves when the command has exited. */
    stopAsync(): Promise<void>;
}

/**
 * Starts a long-running command and waits until its output shows that it is ready.
 * @param ready - pattern in the output
 * @returns the command, which the caller stops; rejects with its output if it exits early or is not ready after a minute
 */
export async function startAsync(line: string, ready: RegExp, place: ICommandPlace): Promise<IRunningCommand> {
    const { child, output } = start(line, place);
    const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const stopAsync = async (): Promise<void> => {
        if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
            // Kill the whole process group, because npm and npx run the command as a child process.
            process.kill(-child.pid, "SIGTERM");
        }
        await gone;
    };
    try {
        await new Promise<void>((resolve, reject) => {
            const fail = (): void => reject(new Error(`"${line}" did not come up:\n${output()}`));
            const timer = setTimeout(fail, 60_000);
            const look = (): void => {
                if (ready.test(output())) {
                    clearTimeout(timer);
                    resolve();
                }
            };
            child.stdout?.on("data", look);
            child.stderr?.on("data", look);
            void gone.then(() => {
                clearTimeout(timer);
                fail();
            });
        });
    } catch (error) {
        await stopAsync();
        throw error;
    }
    return { output, stopAsync };
}

function start(line: string, { cwd, env = { npm_config_offline: "true" } }: ICommandPlace): { child: ChildProcess; output: () => string } {
    const child = spawn(line, { cwd, env: { ...freshEnv(), ...env }, shell: true, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    const take = (data: Buffer): void => void (text += stripVTControlCharacters(data.toString()));
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    // A command that cannot be started is reported like any other failure, because "close" follows this event.
    child.once("error", ({ message }) => (text += message));
    return { child, output: () => text };
}

/** Environment of a new user: without variables of the test runner and of the npm that started it. */
function freshEnv(): NodeJS.ProcessEnv {
    const env = Object.fromEntries(
        Object.entries(process.env).filter(
            ([name]) =>
                !/^npm_(package|lifecycle|command|config_(local_prefix|loglevel|workspace))|^(NODE_ENV|NODE_OPTIONS|INIT_CWD|BABYLON_RTC_SECRET|JEST_)/.test(
                    name,
                ),
        ),
    );
    return {
        ...env,
        npm_config_update_notifier: "false",
        npm_config_audit: "false",
        npm_config_fund: "false",
    };
}
