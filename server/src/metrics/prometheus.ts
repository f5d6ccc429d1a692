import { Counter, Gauge, Registry, collectDefaultMetrics } from "prom-client";
import type { IServerContext } from "../context.js";
import type { Signalling } from "../signalling/signalling.js";

/** Registry of Node's own metrics: event loop, heap, CPU, handles. One per process, because they cannot be unregistered. */
let ofProcess: Registry | null = null;

/** Samples of one metric, by label values. */
type Values = Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]>;

/**
 * Creates the metrics of a server. Values are read when the metrics are collected. Labels contain only protocol words and no user, room or address,
 * so that clients cannot create time series.
 * @param context - shared parts of the server
 * @param signalling - signalling of the server
 * @param isReady - returns whether rooms can be created
 * @returns the registry, with Node's own metrics
 */
export function createRegistry(context: IServerContext, signalling: Signalling, isReady: () => boolean): Registry {
    const { rooms, peers, unsent, tally, lifecycle } = context;
    const registry = new Registry();
    const meter = (
        Kind: typeof Gauge | typeof Counter,
        name: string,
        help: string,
        valuesOf: () => Values,
        labelNames: readonly string[],
    ): void => {
        new Kind({
            name: `babylon_rtc_${name}`,
            help,
            labelNames,
            registers: [registry],
            collect(this: Gauge | Counter) {
                this.reset();
                for (const [labels, value] of valuesOf()) {
                    this.inc(labels, value);
                }
            },
        });
    };
    const gauge = (name: string, help: string, valuesOf: () => Values, labelNames: readonly string[] = []): void =>
        meter(Gauge, name, help, valuesOf, labelNames);
    const counter = (name: string, help: string, valuesOf: () => Values, labelNames: readonly string[]): void =>
        meter(Counter, name, help, valuesOf, labelNames);
    gauge("ready", "1 while the server accepts new members, 0 while it starts, drains or stops", () => [
        [{}, lifecycle.phase === "running" && isReady() ? 1 : 0],
    ]);
    gauge("rooms", "Number of rooms", () => [[{}, rooms.roomCount]]);
    gauge("members", "Members of all rooms, including those that are reconnecting", () => [[{}, rooms.memberCount]]);
    gauge("rtc_rooms", "Number of RTC rooms", () => [[{}, rooms.rtcRoomCount]]);
    gauge("rtc_members", "Members of all RTC rooms, including those that are reconnecting", () => [[{}, peers.size]]);
    gauge(
        "sockets",
        "Open WebSockets, by kind",
        () => [
            [{ kind: "room" }, tally.sockets.of("room")],
            [{ kind: "rtc" }, tally.sockets.of("rtc")],
            [{ kind: "signalling" }, signalling.size],
        ],
        ["kind"],
    );
    gauge("unsent_bytes", "Bytes in send queues that clients have not read", () => [[{}, unsent.total]]);
    const counted = <Key extends string>(counts: { readonly entries: Iterable<readonly [Key, number]> }, ...names: string[]) =>
        [...counts.entries].map(([key, value]) => {
            const words = key.split(" ");
            return [Object.fromEntries(names.map((name, index) => [name, words[index] ?? ""])), value] as const;
        });
    counter("joins_total", "Members who entered a room or RTC room", () => counted(tally.joins, "kind"), ["kind"]);
    counter("resumes_total", "Members who resumed their membership after a lost connection", () => counted(tally.resumes, "kind"), [
        "kind",
    ]);
    counter("leaves_total", "Members who left or were removed, by reason", () => counted(tally.leaves, "kind", "reason"), [
        "kind",
        "reason",
    ]);
    counter("refusals_total", "Requests and messages that were refused, by code", () => counted(tally.refusals, "code"), ["code"]);
    counter("rate_limited_total", "Requests and messages above a limit, by limit", () => counted(tally.limited, "limit"), ["limit"]);
    counter(
        "cut_off_total",
        "Connections closed because the client sent too much or read too little",
        () => counted(tally.cutOff, "kind"),
        ["kind"],
    );
    ofProcess ??= processRegistry();
    return Registry.merge([registry, ofProcess]);
}

function processRegistry(): Registry {
    const register = new Registry();
    collectDefaultMetrics({ register });
    return register;
}
