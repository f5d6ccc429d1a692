import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const help = `These tests plug microphones in and out, which takes PulseAudio, and it does not start. This brings it:

    sudo apt-get install pulseaudio pulseaudio-utils      (Debian, Ubuntu)
`;

/** A private PulseAudio server with virtual microphones, which produce a tone or silence, and virtual loudspeakers. */
export class Pulse {
    /** Environment variables that a browser needs to use this server. */
    public readonly env: Readonly<Record<string, string>>;
    private readonly _process: ChildProcess;
    private readonly _folder: string;
    private readonly _modules = new Map<string, string>();

    private constructor(process: ChildProcess, folder: string) {
        this._process = process;
        this._folder = folder;
        this.env = { PULSE_SERVER: `unix:${join(folder, "native")}` };
    }

    /** Starts a server with one output. Rejects with the command that installs PulseAudio if it is missing. */
    public static async StartAsync(): Promise<Pulse> {
        const folder = mkdtempSync(join(tmpdir(), "pulse-"));
        const child = spawn(
            "pulseaudio",
            [
                "-n",
                "--daemonize=no",
                "--use-pid-file=no",
                "--exit-idle-time=-1",
                "--log-target=stderr",
                "--log-level=error",
                `--load=module-native-protocol-unix auth-anonymous=1 socket=${join(folder, "native")}`,
                "--load=module-null-sink sink_name=speakers sink_properties=device.description=Speakers",
            ],
            { env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: folder }, stdio: "ignore" },
        );
        const failed = new Promise<never>((_, reject) => {
            child.once("error", (cause) => reject(new Error(help, { cause })));
            child.once("exit", () => reject(new Error(help)));
        });
        // The server's exit after a successful start rejects this promise as well, but is no error.
        failed.catch(() => undefined);
        const pulse = new Pulse(child, folder);
        await Promise.race([failed, pulse._untilReadyAsync()]);
        return pulse;
    }

    /** Adds a microphone that produces a tone. (`module-sine-source` would be simpler, but delivers two seconds at a time.) */
    public async plugAsync(name: string, hz: number): Promise<void> {
        await this._controlAsync("load-module", "module-null-sink", `sink_name=${name}_line`);
        await this._controlAsync("load-module", "module-sine", `sink=${name}_line`, `frequency=${hz}`);
        await this._plugLineAsync(name);
    }

    /** Adds a microphone that produces silence. */
    public async plugSilentAsync(name: string): Promise<void> {
        await this._controlAsync("load-module", "module-null-sink", `sink_name=${name}_line`);
        await this._plugLineAsync(name);
    }

    /** Adds headphones, an output device. */
    public async plugOutputAsync(name: string): Promise<void> {
        await this._loadAsync(name, "module-null-sink", `sink_name=${name}`, `sink_properties=device.description=${name}`);
    }

    /** Removes a device. */
    public async unplugAsync(name: string): Promise<void> {
        await this._controlAsync("unload-module", this._modules.get(name) ?? "");
        this._modules.delete(name);
    }

    /** Sets the system's default microphone. */
    public async setDefaultSourceAsync(name: string): Promise<void> {
        await this._controlAsync("set-default-source", name);
    }

    public async closeAsync(): Promise<void> {
        const gone = new Promise((resolve) => this._process.once("exit", resolve));
        this._process.kill();
        await gone;
        rmSync(this._folder, { recursive: true, force: true });
    }

    private async _plugLineAsync(name: string): Promise<void> {
        const source = [`master=${name}_line.monitor`, `source_name=${name}`, `source_properties=device.description=${name}`];
        await this._loadAsync(name, "module-remap-source", ...source);
    }

    private async _loadAsync(name: string, ...module: string[]): Promise<void> {
        this._modules.set(name, await this._controlAsync("load-module", ...module));
    }

    private async _controlAsync(...args: string[]): Promise<string> {
        const { stdout } = await run("pactl", args, { env: { ...process.env, ...this.env } });
        return stdout.trim();
    }

    private async _untilReadyAsync(): Promise<void> {
        for (let attempt = 0; ; attempt++) {
            try {
                await this._controlAsync("info");
                return;
            } catch (cause) {
                if (attempt === 100) {
                    throw new Error(help, { cause });
                }
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
        }
    }
}
