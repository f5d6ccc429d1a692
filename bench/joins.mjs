// Server cost: CPU, memory and rate of joins, CPU of idle members, and CPU, memory and message delay of a server with many members. Headless clients
// open the same sockets as a page.
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "@colyseus/sdk";
import { WebSocket } from "ws";
import { startBareServerAsync, startOurServerAsync } from "./servers.mjs";
import { atMost, median } from "./statistics.mjs";

const roomSize = 8;
const heatUp = 80;
const atOnce = 4;

/** CPU time that a process has used so far, in milliseconds. */
function cpuMs(pid) {
    // utime and stime are fields 14 and 15, in ticks of 10 ms. The process name before them can contain spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
}

function memoryKB(pid) {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

async function openAsync(url) {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
        socket.once("error", reject);
        socket.once("message", resolve);
    });
    return () => socket.terminate();
}

async function postAsync(url, body, headers = { "content-type": "text/plain" }) {
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) {
        throw new Error(JSON.stringify(answer));
    }
    return answer;
}

/** Waits for the welcome message. With `enter`, requests the message first. */
async function welcomedAsync(entering, enter = false) {
    const room = await entering;
    room.reconnection.enabled = false;
    const welcome = new Promise((resolve) => room.onMessage("welcome", resolve));
    room.onMessage("*", () => undefined);
    if (enter) {
        room.send("enter", {});
    }
    return { room, welcome: await welcome };
}

function openSignalAsync(url, id, token) {
    return openAsync(`${url.replace("http", "ws")}/signal/peerjs?${new URLSearchParams({ key: "peerjs", id, token, version: "1.5.5" })}`);
}

const roomOf = (index) => `bench ${Math.floor(index / roomSize)}`;

function leaving(member, rtc, hangUp) {
    return () => {
        hangUp();
        member.room.connection.close();
        rtc.room.connection.close();
    };
}

/** Joins a room and its RTC room as a page does: one request, then three sockets in parallel. */
async function joinOursAsync({ url }, index) {
    const { seat, voice } = await postAsync(`${url}/enter`, {
        join: { name: roomOf(index) },
        guest: { name: `Guest ${index}` },
        create: true,
        voice: true,
    });
    return leaving(
        ...(await Promise.all([
            welcomedAsync(new Client(url).consumeSeatReservation(seat)),
            welcomedAsync(new Client(url).consumeSeatReservation(voice.seat), true),
            openSignalAsync(url, voice.self, voice.secret),
        ])),
    );
}

/** Joins with one request per step, as pages did before the combined request existed. The server still accepts this. */
async function joinByStepsAsync({ url }, index) {
    const json = { "content-type": "application/json" };
    const { identity } = await postAsync(`${url}/guest`, { name: `Guest ${index}` }, json);
    const member = await welcomedAsync(new Client(url).joinOrCreate("room", { name: roomOf(index), identity }));
    const room = member.room.roomId;
    const { token } = await postAsync(`${url}/token`, { room }, { ...json, authorization: `Bearer ${identity}` });
    const rtc = await welcomedAsync(new Client(url).joinOrCreate("rtc", { room, token }));
    return leaving(member, rtc, await openSignalAsync(url, rtc.welcome.self, rtc.welcome.secret));
}

async function joinBareAsync({ port }, index) {
    return openAsync(`ws://localhost:${port}/peerjs?${new URLSearchParams({ key: "peerjs", id: `guest${index}`, token: "t" })}`);
}

/** Joins `count` times, `atOnce` in parallel. Returns the functions that disconnect the members. */
async function manyAsync(joinAsync, server, from, count) {
    const ends = [];
    let next = from;
    const worker = async () => {
        while (next < from + count) {
            ends.push(await joinAsync(server, next++));
        }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return ends;
}

/** Heap of our server, in KB. NaN if `says` is false: a bare server does not report its heap. */
async function heapKBAsync(server, says) {
    return says ? (await server.heapAsync()) * 1024 : NaN;
}

async function costAsync(startAsync, joinAsync, joins, idleSeconds, saysHeap = false) {
    const server = await startAsync();
    const ends = [];
    try {
        // Measure only after the server's code is compiled.
        ends.push(...(await manyAsync(joinAsync, server, 0, heatUp)));
        const heap = await heapKBAsync(server, saysHeap);
        const before = { cpu: cpuMs(server.pid), memory: memoryKB(server.pid), at: performance.now() };
        ends.push(...(await manyAsync(joinAsync, server, heatUp, joins)));
        const after = { cpu: cpuMs(server.pid), memory: memoryKB(server.pid), at: performance.now() };
        const grown = (await heapKBAsync(server, saysHeap)) - heap;
        await delay(1_000);
        const idle = { cpu: cpuMs(server.pid), at: performance.now() };
        await delay(idleSeconds * 1_000);
        return {
            cpu: (after.cpu - before.cpu) / joins,
            rate: joins / ((after.at - before.at) / 1000),
            memory: (after.memory - before.memory) / joins,
            heap: grown / joins,
            idle: ((cpuMs(server.pid) - idle.cpu) / (performance.now() - idle.at)) * 100,
        };
    } finally {
        ends.forEach((end) => end());
        await server.close();
    }
}

/** Median delay of a message from one member to the other, in milliseconds. */
async function messageAsync([from, to], times = 200) {
    const waits = [];
    let hear = () => undefined;
    to.onMessage("message", () => hear());
    for (let round = 0; round < times; round++) {
        const heard = new Promise((resolve, reject) => {
            const late = setTimeout(() => reject(new Error("a message did not arrive within 10 s")), 10_000);
            hear = () => {
                clearTimeout(late);
                resolve();
            };
        });
        const begun = performance.now();
        from.send("message", { topic: "t", data: round });
        await heard;
        waits.push(performance.now() - begun);
        await delay(5);
    }
    return median(waits);
}

/** Adds two members in a separate room. Returns their rooms. */
async function pairAsync(server) {
    const sitAsync = async (name) => {
        const { seat } = await postAsync(`${server.url}/enter`, { join: { name: "pair" }, guest: { name }, create: true });
        return (await welcomedAsync(new Client(server.url).consumeSeatReservation(seat))).room;
    };
    return [await sitAsync("Alice"), await sitAsync("Bob")];
}

/** Measures a server process with many idle members. */
async function fullAsync(members, idleSeconds) {
    const plenty = { perSecond: 10_000, burst: 10_000 };
    const server = await startOurServerAsync({ limits: { requests: plenty, upgrades: plenty, messages: plenty }, metrics: { port: 0 } });
    const ends = [];
    try {
        const pair = await pairAsync(server);
        const alone = await messageAsync(pair);
        ends.push(...(await manyAsync(joinOursAsync, server, 0, members)));
        const heap = await server.heapAsync();
        const idle = { cpu: cpuMs(server.pid), at: performance.now() };
        await delay(idleSeconds * 1_000);
        const cpu = ((cpuMs(server.pid) - idle.cpu) / (performance.now() - idle.at)) * 100;
        const crowded = await messageAsync(pair);
        const text = await (await fetch(server.metricsUrl)).text();
        const metric = (name) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
        pair.forEach((room) => room.connection.close());
        return { cpu, heap, resident: memoryKB(server.pid) / 1024, alone, crowded, rooms: metric("babylon_rtc_rooms") - 1 };
    } finally {
        ends.forEach((end) => end());
        await server.close();
    }
}

/**
 * Measures the server cost. The figures are medians of alternating rounds, except those of the server with `crowd` members, which is measured once.
 * Linux only, because CPU and memory come from /proc.
 */
export async function joinsAsync(_run, joins = 240, idleSeconds = 10, rounds = 3, crowd = 2000) {
    const limits = { requests: { perSecond: 10_000, burst: 10_000 } };
    const startAsync = () => startOurServerAsync({ limits });
    const all = { ours: [], steps: [], bare: [] };
    for (let round = 0; round < rounds; round++) {
        all.ours.push(await costAsync(startAsync, joinOursAsync, joins, idleSeconds, true));
        all.steps.push(await costAsync(startAsync, joinByStepsAsync, joins, 0));
        all.bare.push(await costAsync(startBareServerAsync, joinBareAsync, joins, idleSeconds));
    }
    const of = (kind, key) => median(all[kind].map((each) => each[key]));
    const figure = (text, key, unit, kind, against, more = {}) => ({
        figure: text,
        unit,
        ours: of("ours", key),
        baseline: of(kind, key),
        against,
        ...more,
    });
    const bare = ["bare", "bare PeerServer"];
    const full = await fullAsync(crowd, idleSeconds);
    return [
        figure("server, CPU of a join", "cpu", "ms", "steps", "the same join by steps", { aim: atMost(0.5) }),
        figure("  beside signalling alone", "cpu", "ms", ...bare),
        figure("server, joins a second", "rate", "/s", ...bare),
        figure("server, memory of a member", "memory", "KB", ...bare),
        { figure: "  of which its heap holds", unit: "KB", ours: of("ours", "heap") },
        figure(`server, CPU of ${joins + heatUp} members who do nothing`, "idle", "% of a core", ...bare),
        { figure: `server, CPU of ${crowd} members in ${full.rooms} rooms`, unit: "% of a core", ours: full.cpu },
        { figure: "  its memory", unit: "MiB", ours: full.resident },
        { figure: "  of which its heap holds", unit: "MiB", ours: full.heap },
        {
            figure: "  a message of a room beside them",
            unit: "ms",
            ours: full.crowded,
            baseline: full.alone,
            against: "alone on the server",
        },
    ];
}
