import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { Relay } from "./relay";
import type { IFlow, IImpairment } from "./relay";

let made = 0;

/**
 * A machine of its own as far as the network goes: a network namespace with one device. The namespace has no name: it lives as long as its holder and
 * whatever runs in it, and the holder ends with this process, however that ends.
 */
export class Host {
    public readonly name: string;
    private readonly _network: Network;
    private readonly _holder: ChildProcess;
    private readonly _device: string;
    private _address: string;

    /** @internal */
    constructor(network: Network, name: string, holder: ChildProcess, device: string, address: string) {
        this._network = network;
        this.name = name;
        this._holder = holder;
        this._device = device;
        this._address = address;
    }

    /** Of IPv4. */
    get address(): string {
        return this._address;
    }

    /** The command that runs another one here. It becomes that one: it keeps its process id and descriptors. */
    get entrance(): readonly [string, ...string[]] {
        return ["nsenter", `--net=${this._namespace}`];
    }

    /** Runs a command here to its end; gives what it prints. */
    run(...command: readonly string[]): string {
        const [enter, ...args] = this.entrance;
        return execFileSync(enter, [...args, "--", ...command], { encoding: "utf8" });
    }

    /** Impairs what it sends (`up`) and gets (`down`). */
    async impairAsync(change: { readonly up?: IImpairment; readonly down?: IImpairment }): Promise<void> {
        await this._network.relay.setAsync(this._device, change);
    }

    /** Ends every disturbance of its frames. */
    async mendAsync(): Promise<void> {
        await this.impairAsync({ up: {}, down: {} });
    }

    /** Neither gets nor sends anything for a while. @returns when that ended, in milliseconds since 1970 */
    async holeAsync(ms: number): Promise<number> {
        await this.impairAsync({ up: { hole: true }, down: { hole: true } });
        await new Promise((resolve) => setTimeout(resolve, ms));
        await this.mendAsync();
        return Date.now();
    }

    /** Takes the cable out: the system knows, and tells its browsers. */
    unplug(): void {
        this.run("ip", "link", "set", this._device, "down");
    }

    /** Puts the cable in. */
    plug(): void {
        this.run("ip", "link", "set", this._device, "up");
        this.run("ip", "route", "replace", "default", "via", this._network.gateway(this._address));
    }

    /**
     * Gets another address, as a phone does that leaves a Wi-Fi.
     * @param how - `abruptly`: is without one for a moment, which the system tells its browsers; `smoothly`: has the new one before it loses the old one
     */
    readdress(how: "abruptly" | "smoothly"): void {
        const before = this._address;
        this._address = this._network.nextAddress();
        if (how === "abruptly") {
            this.run("ip", "address", "flush", "dev", this._device);
        }
        this.run("ip", "address", "add", `${this._address}/24`, "dev", this._device);
        if (how === "smoothly") {
            // Or the new one would go with the old one, whose network it shares.
            this.run("sysctl", "-qw", `net.ipv4.conf.${this._device}.promote_secondaries=1`);
            this.run("ip", "address", "delete", `${before}/24`, "dev", this._device);
        }
        this.run("ip", "route", "replace", "default", "via", this._network.gateway(this._address));
    }

    /** Open TCP connections from here to another host. */
    async flowsToAsync(other: Host): Promise<readonly (IFlow & { readonly port: number })[]> {
        return (await this._network.relay.flowsAsync())
            .filter(({ open, client, server }) => open && client.startsWith(`${this._address}:`) && server.startsWith(`${other.address}:`))
            .map((flow) => ({ ...flow, port: Number(flow.client.split(":")[1]) }));
    }

    /** Resets TCP connections that begin here, at both ends. @returns how many there were */
    cutTcp(ports: readonly number[]): number {
        const killed = ports.map((port) => this.run("ss", "--no-header", "--tcp", "--kill", "sport", "=", `:${port}`).trim());
        return killed.filter((line) => line !== "").length;
    }

    /** All processes here but the holder. */
    processes(): number[] {
        const namespace = readlinkSync(this._namespace);
        return readdirSync("/proc")
            .filter((name) => /^\d+$/.test(name) && Number(name) !== this._holder.pid && namespaceOf(name) === namespace)
            .map(Number);
    }

    /** Sends a signal to all processes here: SIGSTOP puts the machine to sleep, SIGCONT wakes it. */
    signal(name: NodeJS.Signals): void {
        for (const pid of this.processes()) {
            try {
                process.kill(pid, name);
            } catch {
                // It has ended meanwhile.
            }
        }
    }

    /** Ends what runs here. */
    close(): void {
        this.signal("SIGKILL");
        this._holder.kill("SIGKILL");
    }

    private get _namespace(): string {
        return `/proc/${String(this._holder.pid)}/ns/net`;
    }
}

/** Hosts that reach each other through a relay, and nothing else. Needs root. */
export class Network {
    public readonly relay: Relay;
    private readonly _hosts = new Map<string, Host>();
    private _addresses = 0;

    private constructor(relay: Relay) {
        this.relay = relay;
    }

    /**
     * Makes it.
     * @param names - of the hosts
     */
    static async StartAsync(names: readonly string[]): Promise<Network> {
        if (process.getuid?.() !== 0) {
            throw new Error("The network tests make network namespaces and TAP devices: run them as root.");
        }
        // At most 15 characters, and of no other run.
        const devices = names.map(() => `n${process.pid.toString(36)}x${made++}`);
        const network = new Network(await Relay.StartAsync(devices));
        try {
            for (const [i, name] of names.entries()) {
                network._hosts.set(name, await network._makeAsync(name, devices[i] ?? ""));
            }
        } catch (error) {
            await network.closeAsync();
            throw error;
        }
        return network;
    }

    host(name: string): Host {
        const found = this._hosts.get(name);
        if (!found) {
            throw new Error(`no host is called ${name}`);
        }
        return found;
    }

    /** An address that no host has had. */
    nextAddress(): string {
        return `10.88.0.${++this._addresses}`;
    }

    /** What a host's default route leads to, though nobody there passes anything on: WebRTC asks the system which address a way out would have. */
    gateway(address: string): string {
        return address.replace(/\d+$/, "254");
    }

    /** Ends all that runs in it. */
    async closeAsync(): Promise<void> {
        this._hosts.forEach((host) => host.close());
        await this.relay.closeAsync();
    }

    private async _makeAsync(name: string, device: string): Promise<Host> {
        const script = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up && echo up && exec cat";
        const holder = spawn("unshare", ["--net", "--", "sh", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
        holder.unref();
        await new Promise<void>((ready, failed) => {
            holder.stdout.once("data", () => ready());
            holder.once("error", failed);
            holder.once("exit", (code) => failed(new Error(`A network namespace could not be made (exit code ${String(code)}).`)));
        });
        execFileSync("ip", ["link", "set", device, "netns", String(holder.pid)]);
        const host = new Host(this, name, holder, device, this.nextAddress());
        host.run("ip", "address", "add", `${host.address}/24`, "dev", device);
        host.plug();
        return host;
    }
}

function namespaceOf(pid: string): string | null {
    try {
        return readlinkSync(`/proc/${pid}/ns/net`);
    } catch {
        return null;
    }
}
