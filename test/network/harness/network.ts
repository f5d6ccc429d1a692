import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { Relay } from "./relay";
import type { IFlow, IImpairment } from "./relay";

let made = 0;

/**
 * A virtual host: a network namespace with one device. The namespace has no name: it exists as long as its holder process and the processes in it.
 * The holder exits together with this process, even after a crash.
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

    /** IPv4 address. */
    get address(): string {
        return this._address;
    }

    /** Command prefix that runs a command on this host. The command replaces the prefix (exec), so process id and descriptors stay the same. */
    get entrance(): readonly [string, ...string[]] {
        return ["nsenter", `--net=${this._namespace}`];
    }

    /** Runs a command on this host until it exits. Returns its output. */
    run(...command: readonly string[]): string {
        const [enter, ...args] = this.entrance;
        return execFileSync(enter, [...args, "--", ...command], { encoding: "utf8" });
    }

    /** Impairs sent (`up`) and received (`down`) frames. */
    async impairAsync(change: { readonly up?: IImpairment; readonly down?: IImpairment }): Promise<void> {
        await this._network.relay.setAsync(this._device, change);
    }

    /** Removes all impairments. */
    async mendAsync(): Promise<void> {
        await this.impairAsync({ up: {}, down: {} });
    }

    /** Drops all frames in both directions for a time. @returns the end, in milliseconds since 1970 */
    async holeAsync(ms: number): Promise<number> {
        await this.impairAsync({ up: { hole: true }, down: { hole: true } });
        await new Promise((resolve) => setTimeout(resolve, ms));
        await this.mendAsync();
        return Date.now();
    }

    /** Takes the network device down. The system notices, and browsers go offline. */
    unplug(): void {
        this.run("ip", "link", "set", this._device, "down");
    }

    /** Brings the network device up and restores its default route. */
    plug(): void {
        this.run("ip", "link", "set", this._device, "up");
        this.run("ip", "route", "replace", "default", "via", this._network.gateway(this._address));
    }

    /**
     * Changes the IP address, as when a phone leaves a Wi-Fi network.
     * @param how - `abruptly`: no address for a moment, which browsers notice; `smoothly`: the new address is added before the old one is removed
     */
    readdress(how: "abruptly" | "smoothly"): void {
        const before = this._address;
        this._address = this._network.nextAddress();
        if (how === "abruptly") {
            this.run("ip", "address", "flush", "dev", this._device);
        }
        this.run("ip", "address", "add", `${this._address}/24`, "dev", this._device);
        if (how === "smoothly") {
            // Without this, the new address would be removed with the old one, because both are in the same subnet.
            this.run("sysctl", "-qw", `net.ipv4.conf.${this._device}.promote_secondaries=1`);
            this.run("ip", "address", "delete", `${before}/24`, "dev", this._device);
        }
        this.run("ip", "route", "replace", "default", "via", this._network.gateway(this._address));
    }

    /** Open TCP connections from this host to another host. */
    async flowsToAsync(other: Host): Promise<readonly (IFlow & { readonly port: number })[]> {
        return (await this._network.relay.flowsAsync())
            .filter(({ open, client, server }) => open && client.startsWith(`${this._address}:`) && server.startsWith(`${other.address}:`))
            .map((flow) => ({ ...flow, port: Number(flow.client.split(":")[1]) }));
    }

    /**
     * Resets TCP connections of this host, at both ends.
     * @param ports - ports at this end of the connections
     * @returns the number of ports with a reset connection
     */
    cutTcp(ports: readonly number[]): number {
        const killed = ports.map((port) => this.run("ss", "--no-header", "--tcp", "--kill", "sport", "=", `:${port}`).trim());
        return killed.filter((line) => line !== "").length;
    }

    /** Ids of all processes on this host except the holder. */
    processes(): number[] {
        const namespace = readlinkSync(this._namespace);
        return readdirSync("/proc")
            .filter((name) => /^\d+$/.test(name) && Number(name) !== this._holder.pid && namespaceOf(name) === namespace)
            .map(Number);
    }

    /** Sends a signal to all processes on this host. SIGSTOP simulates sleep, SIGCONT wakes the host. */
    signal(name: NodeJS.Signals): void {
        for (const pid of this.processes()) {
            try {
                process.kill(pid, name);
            } catch {
                // The process has already exited.
            }
        }
    }

    /** Kills all processes on this host. */
    close(): void {
        this.signal("SIGKILL");
        this._holder.kill("SIGKILL");
    }

    private get _namespace(): string {
        return `/proc/${String(this._holder.pid)}/ns/net`;
    }
}

/** Hosts that can reach only each other, through a relay. Requires root. */
export class Network {
    public readonly relay: Relay;
    private readonly _hosts = new Map<string, Host>();
    private _addresses = 0;

    private constructor(relay: Relay) {
        this.relay = relay;
    }

    /**
     * Creates a network.
     * @param names - names of the hosts
     */
    static async StartAsync(names: readonly string[]): Promise<Network> {
        if (process.getuid?.() !== 0) {
            throw new Error("The network tests make network namespaces and TAP devices: run them as root.");
        }
        // Device names have at most 15 characters and must differ from those of other runs.
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

    /** Next unused address. */
    nextAddress(): string {
        return `10.88.0.${++this._addresses}`;
    }

    /** Target of a host's default route. No gateway exists, but WebRTC needs a default route to find the local address. */
    gateway(address: string): string {
        return address.replace(/\d+$/, "254");
    }

    /** Stops all hosts and the relay. */
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
