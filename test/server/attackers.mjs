// A process with hostile members of one room. Arguments: URL of the server, name of the room, number of members, name of the attack.
import { getMessageBytes, Protocol } from "@colyseus/core";
import { setPriority } from "node:os";
import { WebSocket } from "ws";

// Runs at a lower priority than the server, since in reality attackers run on other machines.
setPriority(10);
const [url, room, howMany, attack] = process.argv.slice(2);
const wsUrl = url.replace("http", "ws");

async function enterAsync(name) {
    const response = await fetch(`${url}/enter`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ join: { name: room }, guest: { name }, create: true, voice: true }),
    });
    const reply = await response.json();
    if (!response.ok) {
        throw new Error(JSON.stringify(reply));
    }
    const member = await sitAsync(reply.seat);
    const voice = await sitAsync(reply.voice.seat);
    send(voice, "enter", {});
    return { id: reply.guest.user.id, member, voice };
}

async function sitAsync({ processId, roomId, sessionId }) {
    const socket = new WebSocket(`${wsUrl}/${processId}/${roomId}?sessionId=${sessionId}`);
    socket.on("error", () => undefined);
    await new Promise((resolve, reject) => {
        socket.once("message", resolve);
        socket.once("close", () => reject(new Error("no seat")));
    });
    socket.send(Buffer.from([Protocol.JOIN_ROOM]));
    return socket;
}

function send(socket, type, message) {
    if (socket.readyState === socket.OPEN && socket.bufferedAmount < 4 * 1024 * 1024) {
        socket.send(getMessageBytes.raw(Protocol.ROOM_DATA, type, message));
        return true;
    }
    return false;
}

const isOpen = (socket) => socket.readyState === socket.OPEN;

/** Stops reading from a socket. Sends a pong every second, so that the server keeps the connection although its pings are not read. */
function deafen(socket) {
    socket._socket.pause();
    const timer = setInterval(() => (isOpen(socket) ? socket.pong() : clearInterval(timer)), 1000);
}

let asked = 0;
const say = (socket, data, to) => send(socket, "send", { ask: (asked += 1), value: { data, ...(to && { to }) } });

/** Returns a function that calls `step` with the number of messages due: 800 at first, then 650 per second, at most 800 per call. */
function eachTimes(step) {
    let due = 800;
    let last = performance.now();
    return () => {
        const now = performance.now();
        due += (now - last) * 0.65;
        last = now;
        const times = Math.min(Math.floor(due), 800);
        step(times);
        due -= times;
    };
}

/** Attacks by name. Each gets the attackers, and returns a function that is called every 20 ms with the victim's id. */
const attacks = {
    /** No attacker reads. Every 500 ms, each sends large messages to all others. */
    unread(members) {
        members.forEach(({ member, voice }) => [member, voice].forEach(deafen));
        const large = Buffer.alloc(16_000);
        let round = 0;
        return () => {
            if ((round += 1) % 25 > 0) {
                return;
            }
            members.forEach(({ member, voice }, index) => {
                say(voice, large);
                send(member, "message", { topic: "t", data: "x".repeat(1900) });
                send(member, "attributes", { a: `${index} ${"x".repeat(1800)} ${asked}` });
                // Requests whose answers are never read.
                send(voice, "renew", { ask: asked, value: { token: "no" } });
            });
        };
    },
    /** Small messages to the RTC room from each attacker: 800 at once, then 650 per second, without waiting for answers. */
    small(members) {
        return eachTimes((times) => members.forEach(({ voice }) => Array.from({ length: times }, () => say(voice, "small"))));
    },
    /** As `small`, but to the room. */
    smallInRoom(members) {
        return eachTimes((times) =>
            members.forEach(({ member }) => Array.from({ length: times }, () => send(member, "message", { topic: "t", data: 1 }))),
        );
    },
    /** Frames of 84 to 129 KB (with 16 attackers): too large for the room (17 KB), but not for the RTC room (132 KB). */
    frames(members) {
        return () =>
            members.forEach(({ member, voice }, index) => {
                const large = "x".repeat(84_000 + index * 3000);
                send(member, "message", { topic: "t", data: large });
                send(voice, "send", { ask: index, value: { data: large } });
            });
    },
    /** Large messages and state changes from each attacker every 20 ms, addressed to the victim or to all. */
    victim(members) {
        const large = Buffer.alloc(16_000);
        return (victim) =>
            members.forEach(({ member, voice }, index) => {
                say(voice, large, victim);
                say(voice, large);
                send(member, "message", { topic: "t", data: "x".repeat(1900) });
                send(member, "attributes", { a: `${index} ${"x".repeat(1800)} ${asked}` });
                send(voice, "state", { publishing: asked % 2 === 0 });
                send(voice, "interest", { to: victim, interest: asked % 2 === 0 ? "on" : "off" });
            });
    },
};

const members = await Promise.all(Array.from({ length: Number(howMany) }, (_, index) => enterAsync(`Mallory ${index}`)));
let timer;
process.on("message", ({ go, stop }) => {
    if (go) {
        const step = attacks[attack](members);
        timer = setInterval(() => {
            step(go);
            if (!members.some(({ member, voice }) => isOpen(member) && isOpen(voice))) {
                clearInterval(timer);
                process.send({ ended: true });
            }
        }, 20);
    }
    if (stop) {
        clearInterval(timer);
        const standing = members.filter(({ member, voice }) => isOpen(member) && isOpen(voice)).length;
        process.send({ standing: { standing, asked } }, () => process.exit(0));
    }
});
process.once("disconnect", () => process.exit(0));
process.send({ ready: true });
