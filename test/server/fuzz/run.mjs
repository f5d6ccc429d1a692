// `npm run test:fuzz -- --frames 1000000`: sends mutated frames to a real server in a process of its own. docs/testing.md lists the requirements.
import { fork } from "node:child_process";
import { connect } from "node:net";
import { setPriority } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { getMessageBytes, Protocol } from "@colyseus/core";
import { Client } from "@colyseus/sdk";
import { WebSocket } from "ws";
import { makers } from "./frames.mjs";
import { Random } from "./mutate.mjs";

const usage = `Sends mutated frames to a server, and looks whether it stands.

  --frames <n>     how many (default 100000)
  --seed <n>       of what they hold (default: another one each time, which is printed)
  --limits <which> raised (default): so that frames reach what reads them; default: the server's own
  --help           this text`;

const { values } = parseArgs({
    options: {
        frames: { type: "string", default: "100000" },
        seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
        limits: { type: "string", default: "raised" },
        help: { type: "boolean" },
    },
});
const frames = Number(values.frames);
const seed = Number(values.seed);
if (values.help || !(frames >= 1000) || !Number.isSafeInteger(seed) || !["raised", "default"].includes(values.limits)) {
    console.log(values.help ? usage : `At least 1000 frames, and a whole number as seed.\n\n${usage}`);
    process.exit(values.help ? 0 : 1);
}
// Runs at a lower priority than the server, since in reality attackers run on other machines.
setPriority(10);
// Colyseus' client prints every connection that the server closes.
console.warn = () => undefined;

const lanes = 12;
const httpLanes = 4;
const waitMs = 60_000;
/** Share of each kind of frame. */
const shares = { room: 0.3, rtc: 0.3, signalling: 0.25, http: 0.15 };
/** Frames per member and kind. Few enough that the server disconnects no member for the number of its frames alone. */
const perLife = { room: 240, rtc: 240, signalling: 100 };
const burst = 40;
/** Number of frames after which the heap is in its normal state: a fifth of all frames, but at least 500. */
const warmUp = Math.max(frames * 0.2, 500);
/** Maximum growth of the heap after the warm-up, in MiB. Includes the bounded caches (10,000 networks or users each), which still fill up. */
const maxGrowthMiB = 16;

const violations = [];
function violate(what) {
    if (violations.length < 20) {
        violations.push(what);
    }
}

// ---- the server ----

const plenty = { perSecond: 1e6, burst: 1e6 };
const raised = {
    requests: plenty,
    userRequests: plenty,
    upgrades: plenty,
    messages: { perSecond: 1e5, burst: 1e5 },
    signalling: plenty,
    passwords: plenty,
    roomsPerUser: 1e6,
};
const options = {
    port: 0,
    host: "127.0.0.1",
    // Any folder with files.
    staticDir: fileURLToPath(new URL(".", import.meta.url)),
    graceSeconds: 1,
    // The honest pair does not renew its grants.
    grantTtlSeconds: 86_400,
    metrics: { port: 0 },
    ...(values.limits === "raised" && { limits: raised }),
};
const child = fork(fileURLToPath(new URL("../runner.mjs", import.meta.url)), [JSON.stringify(options), "events"], {
    execArgv: ["--expose-gc"],
    env: { ...process.env, NODE_ENV: "development", BABYLON_RTC_SECRET: "only for the fuzz, on this machine alone" },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
});
let isOver = false;
/** Log lines that a healthy server writes about arbitrary requests. */
const expectedLines = /^babylon-rtc-server: (Pages of|This page|A page of|While guests are allowed|.* may not use this server)/;
for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.on("data", (data) => {
        const lines = (rest + data.toString()).split("\n");
        rest = lines.pop();
        lines.filter((line) => !expectedLines.test(line)).forEach((line) => violate(`The server printed: ${line}`));
    });
}
let told = 0;
child.on("message", ({ event }) => {
    if (event) {
        told += 1;
        const text = JSON.stringify(event);
        if (/\\n {4}at |\.(js|mjs|ts):\d+/.test(text) || event.reason === "internal") {
            violate(`An event holds a stack, or a failure of the server: ${text}`);
        }
    }
});
const exited = new Promise((resolve) =>
    child.once("exit", (code, signal) => {
        if (!isOver) {
            violate(`The server ended by itself (${code ?? signal}).`);
        }
        resolve();
    }),
);

function answerAsync(key, question) {
    return new Promise((resolve, reject) => {
        const listen = (message) => {
            if (key in message) {
                child.off("message", listen);
                resolve(message);
            }
        };
        child.on("message", listen);
        void exited.then(() => reject(new Error("The server ended.")));
        if (question !== undefined) {
            child.send(question);
        }
    });
}

const { url, metricsUrl } = await answerAsync("url");
const { hostname, port } = new URL(url);
const wsUrl = url.replace("http", "ws");

async function postAsync(path, body, headers = {}) {
    const response = await fetch(`${url}${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(waitMs),
    });
    const reply = await response.json();
    if (!response.ok) {
        throw Object.assign(new Error(JSON.stringify(reply)), { code: reply.error?.code });
    }
    return reply;
}

async function healthAsync() {
    return await (await fetch(`${url}/health`, { signal: AbortSignal.timeout(waitMs) })).json();
}

async function heapAsync() {
    return (await answerAsync("heap", "heap")).heap;
}

// ---- the honest pair ----

async function honestAsync(name) {
    const { identity, user } = await postAsync("/guest", { name });
    const heard = new Map();
    const waiting = new Map();
    const take = (kind, key) => {
        heard.set(`${kind} ${key}`, true);
        waiting.get(`${kind} ${key}`)?.();
    };
    const enterAsync = async (type, options, isTheirs) => {
        const room = await new Client(url).joinOrCreate(type, options);
        room.reconnection.enabled = false;
        const welcome = new Promise((resolve) => room.onMessage("welcome", resolve));
        room.onMessage("*", (kind, message) => {
            if (kind === "message" && isTheirs(message)) {
                take(type, type === "room" ? message.data : message.data);
            } else if (!isOver && !["answer", "peerChanged", "peerJoined", "memberJoined", "blocked"].includes(kind)) {
                violate(`${name} was told ${kind} by ${type}: ${JSON.stringify(message).slice(0, 500)}`);
            }
        });
        room.onLeave((code) => !isOver && violate(`${name} was put out of ${type} (${code}).`));
        return { room, welcome: await welcome };
    };
    let partner = null;
    const member = await enterAsync("room", { name: "honest", identity }, ({ from }) => from === partner?.id);
    const { token } = await postAsync("/token", { room: member.room.roomId }, { Authorization: `Bearer ${identity}` });
    const voice = await enterAsync("rtc", { room: member.room.roomId, token }, ({ from }) => from === partner?.id);
    const { self, secret } = voice.welcome;
    const socket = new WebSocket(`${wsUrl}/signal/peerjs?key=peerjs&id=${self}&token=${secret}&version=1.5.5`);
    await new Promise((resolve, reject) => {
        socket.once("error", reject);
        socket.once("message", resolve);
    });
    socket.on("message", (data) => {
        const { type, src, payload } = JSON.parse(data.toString());
        if (isOver) {
            return;
        }
        if (type === "CANDIDATE" && src === partner?.self) {
            take("signalling", payload.round);
        } else {
            violate(`${name} was signalled: ${data.toString().slice(0, 500)}`);
        }
    });
    socket.on("close", () => !isOver && violate(`${name}'s signalling was closed.`));
    const heardAsync = async (kind, key) => {
        const at = `${kind} ${key}`;
        const late = new AbortController();
        await Promise.race([
            heard.has(at) || new Promise((resolve) => waiting.set(at, resolve)),
            delay(waitMs, undefined, { signal: late.signal }).then(
                () => violate(`${name} did not hear by ${kind} within ${waitMs / 1000} s.`),
                () => undefined,
            ),
        ]);
        late.abort();
        waiting.delete(at);
        heard.delete(at);
    };
    return {
        id: user.id,
        self,
        heardAsync,
        meet: (other) => (partner = other),
        say(round) {
            member.room.send("message", { topic: "t", data: round });
            voice.room.send("send", { ask: round, value: { data: String(round) } });
            socket.send(JSON.stringify({ type: "CANDIDATE", dst: partner.self, payload: { type: "media", connectionId: "mc_1", round } }));
        },
    };
}

const [alice, bob] = [await honestAsync("Alice"), await honestAsync("Bob")];
alice.meet(bob);
bob.meet(alice);
let rounds = 0;
let slowestMs = 0;

/** Alice and Bob each send a message by room, RTC room and signalling, and must receive the other's within a minute. */
async function talkAsync() {
    rounds += 1;
    const round = rounds;
    const begun = performance.now();
    alice.say(round);
    bob.say(round);
    await Promise.all([alice, bob].flatMap(({ heardAsync }) => ["room", "rtc", "signalling"].map((kind) => heardAsync(kind, round))));
    slowestMs = Math.max(slowestMs, performance.now() - begun);
}

async function keepTalkingAsync(signal) {
    while (!signal.aborted && violations.length === 0) {
        await talkAsync();
        await delay(200);
    }
}

// ---- frames ----

const kinds = Object.keys(makers);
const numbers = Object.fromEntries(kinds.map((kind) => [kind, 0]));
const sent = { room: 0, rtc: 0, signalling: 0, http: 0 };
/** The last frames of each kind, to find the frame that caused a violation. */
const recent = Object.fromEntries(kinds.map((kind) => [kind, []]));

function make(kind, places) {
    const number = (numbers[kind] += 1);
    const frame = makers[kind](new Random(seed, kinds.indexOf(kind), number), places);
    const last = recent[kind];
    last.push([number, frame]);
    if (last.length > 40) {
        last.shift();
    }
    return frame;
}

const total = () => Object.values(sent).reduce((sum, count) => sum + count, 0);

/** Of the given kinds, the one that is furthest behind its share. */
function behind(some) {
    const missing = (kind) => shares[kind] * (total() + 1) - sent[kind];
    return some.reduce((most, kind) => (missing(kind) > missing(most) ? kind : most));
}

// ---- attackers ----

const places = {
    ids: [alice.id, bob.id],
    peers: [alice.self, bob.self],
    identity: "none",
    roomId: "none",
    seat: "none/none",
    token: "none",
};
let stopAt = 0;
const goesOn = () => total() < stopAt && violations.length === 0;

async function openAsync(address) {
    const socket = new WebSocket(address);
    socket.on("error", () => undefined);
    await new Promise((resolve, reject) => {
        socket.once("message", resolve);
        socket.once("close", () => reject(new Error("no seat")));
        socket.once("unexpected-response", () => reject(new Error("no seat")));
    });
    return socket;
}

async function sitAsync({ processId, roomId, sessionId }) {
    const socket = await openAsync(`${wsUrl}/${processId}/${roomId}?sessionId=${sessionId}`);
    socket.send(Buffer.from([Protocol.JOIN_ROOM]));
    return socket;
}

/** Waits until the server has read everything sent on a socket, or has closed the socket. */
async function readAsync(socket) {
    if (socket.readyState !== WebSocket.OPEN) {
        return;
    }
    const late = new AbortController();
    await Promise.race([
        new Promise((resolve) => {
            socket.once("pong", resolve);
            socket.once("close", resolve);
            socket.ping();
        }),
        delay(waitMs, undefined, { signal: late.signal }).then(
            () => violate(`The server did not answer a ping within ${waitMs / 1000} s.`),
            () => undefined,
        ),
    ]);
    late.abort();
    socket.removeAllListeners("pong");
}

async function liveAsync(lane) {
    if (lane.identity === undefined) {
        const { identity, user } = await postAsync("/guest", { name: `Mallory ${lane.index}` });
        Object.assign(lane, { identity, id: user.id });
    }
    const name = `fuzz ${lane.index % 4} ${lane.serial}`;
    const reply = await postAsync("/enter", { join: { name, identity: lane.identity }, create: true, voice: true });
    const seats = await Promise.allSettled([sitAsync(reply.seat), sitAsync(reply.voice.seat)]);
    const [member, rtc] = seats.map(({ value }) => value);
    if (!member || !rtc) {
        [member, rtc].forEach((socket) => socket?.terminate());
        throw new Error("no seat");
    }
    const sockets = { room: member, rtc };
    lane.random ??= new Random(seed, 1000 + lane.index);
    const { random } = lane;
    try {
        rtc.send(getMessageBytes.raw(Protocol.ROOM_DATA, "enter", {}));
        const { self, secret } = reply.voice;
        sockets.signalling = await openAsync(`${wsUrl}/signal/peerjs?key=peerjs&id=${self}&token=${secret}&version=1.5.5`);
        const { token } = await postAsync("/token", { room: reply.room }, { Authorization: `Bearer ${lane.identity}` });
        places.identity = lane.identity;
        places.roomId = reply.room;
        places.token = token;
        places.seat = `${reply.seat.processId}/${reply.seat.roomId}?sessionId=${reply.seat.sessionId}`;
        places.peers = [...places.peers, self].slice(-8);
        places.ids = [...new Set([...places.ids, lane.id])].slice(-8);
        await attackAsync(sockets, lane);
    } finally {
        // Cut as by a lost network, or closed with a close frame.
        const isCut = random.chance(0.2);
        Object.values(sockets).forEach((socket) => (isCut ? socket.terminate() : socket.close(1000)));
    }
}

async function attackAsync(sockets, lane) {
    const left = { ...perLife };
    for (;;) {
        const able = Object.keys(left).filter((kind) => left[kind] > 0 && sockets[kind].readyState === WebSocket.OPEN);
        // If the member has lost one of its sockets, the lane enters again as a new member.
        if (able.length < Object.values(left).filter((count) => count > 0).length || able.length === 0 || !goesOn()) {
            return;
        }
        const kind = behind(able);
        const socket = sockets[kind];
        for (let count = 0; count < burst && socket.readyState === WebSocket.OPEN; count += 1) {
            sent[kind] += 1;
            left[kind] -= 1;
            if (lane.random.chance(0.002)) {
                // Many of these frames announce more data than follows, so their processing is not awaited.
                socket._socket?.end(make("raw", places));
                return;
            }
            socket.send(make(lane.random.chance(0.01) ? "text" : kind, places));
        }
        await readAsync(socket);
    }
}

/** Sends ten requests on one connection. Half of the time, the last one most likely closes the connection. */
async function askAsync(random) {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on("error", () => undefined);
    socket.resume();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    for (let count = 0; count < 9; count += 1) {
        sent.http += 1;
        socket.write(make("http", places));
    }
    sent.http += 1;
    socket.write(random.chance(0.5) ? make("httpLast", places) : make("http", places));
    // Many requests announce more data, which never follows.
    const timer = setTimeout(() => socket.destroy(), 300);
    socket.end();
    await closed;
    clearTimeout(timer);
}

async function laneAsync(index) {
    const lane = { index, serial: 0, identity: undefined };
    while (goesOn()) {
        try {
            await liveAsync(lane);
        } catch (error) {
            if (error.code === undefined && !/no seat|fetch failed|aborted/.test(error.message)) {
                violate(`An attacker failed: ${error.stack}`);
            }
            // The room may be locked by now, or the lane banned for a while.
            lane.serial += 1;
            await delay(error.code === "rateLimited" ? 200 : 5);
        }
    }
}

async function httpLaneAsync(index) {
    const random = new Random(seed, 2000 + index);
    while (goesOn()) {
        if (behind(Object.keys(shares)) === "http") {
            await askAsync(random);
        } else {
            await delay(5);
        }
    }
}

/**
 * Sends frames up to a total number, then waits until all attackers have left. With `empty` (in a long run), also waits until their rooms have
 * closed: unused seats expire after ten seconds. Returns the heap of the server in MiB; NaN if the wait has taken a minute.
 */
async function phaseAsync(end, until) {
    stopAt = end;
    await Promise.all([
        ...Array.from({ length: lanes }, (_, index) => laneAsync(index)),
        ...Array.from({ length: httpLanes }, (_, index) => httpLaneAsync(index)),
    ]);
    const begun = performance.now();
    for (;;) {
        const { members, peers, rooms } = await healthAsync();
        if (members === 2 && peers === 2 && (rooms === 1 || until === "left")) {
            return await heapAsync();
        }
        if (performance.now() - begun > waitMs) {
            violate(
                `After the attackers had left, there were ${members} members, ${peers} peers and ${rooms} rooms in place of 2, 2 and 1.`,
            );
            return NaN;
        }
        await delay(100);
    }
}

function shown([number, frame]) {
    return `  ${number}: ${Buffer.from(frame).subarray(0, 400).toString("base64")}`;
}

console.log(`seed ${seed}, ${frames} frames, ${values.limits} limits`);
const talking = new AbortController();
const begun = performance.now();
let heaps = [];
try {
    const talk = keepTalkingAsync(talking.signal);
    heaps = [await phaseAsync(warmUp, "left"), await phaseAsync(frames, frames < 50_000 ? "left" : "empty")];
    talking.abort();
    await talk;
    await talkAsync();
    if (!(heaps[1] - heaps[0] <= maxGrowthMiB)) {
        violate(`The heap grew from ${heaps[0].toFixed(1)} to ${heaps[1].toFixed(1)} MiB, by more than ${maxGrowthMiB}.`);
    }
} catch (error) {
    violate(error.stack);
}
const seconds = (performance.now() - begun) / 1000;
const metrics = await fetch(metricsUrl).then(
    (response) => response.text(),
    () => "",
);
const counted = [...metrics.matchAll(/^babylon_rtc_(joins|resumes|refusals|rate_limited|cut_off)_total\{(.*)\} (\d+)$/gm)];
const totals = {};
counted.forEach(([, name, , count]) => (totals[name] = (totals[name] ?? 0) + Number(count)));
console.log(
    [
        `frames: ${total()} (${Object.entries(sent)
            .map(([kind, count]) => `${kind} ${count}`)
            .join(", ")}) in ${seconds.toFixed(0)} s, ${(total() / seconds).toFixed(0)} a second`,
        `server: ${Object.entries(totals)
            .map(([name, count]) => `${name} ${count}`)
            .join(", ")}; events ${told}`,
        `refusals: ${counted
            .filter(([, name]) => name === "refusals")
            .map(([, , labels, count]) => `${labels.replace(/code=|"/g, "")} ${count}`)
            .join(", ")}`,
        `honest pair: ${rounds} rounds, the slowest ${slowestMs.toFixed(0)} ms`,
        `heap: ${heaps.map((heap) => heap.toFixed(1)).join(" MiB after a fifth, ")} MiB at the end`,
    ].join("\n"),
);
isOver = true;
child.kill("SIGTERM");
const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
await exited;
clearTimeout(timer);
if (violations.length > 0) {
    console.log(`\nFAILED\n${violations.join("\n")}\n\nThe last frames of each kind, by number:`);
    for (const kind of kinds) {
        console.log(`${kind}\n${recent[kind].slice(-6).map(shown).join("\n")}`);
    }
    process.exit(1);
}
console.log("The server stands.");
process.exit(0);
