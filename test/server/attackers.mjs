// A process of hostile members of one room. The test passes the server, the room, their number and the attack as arguments.
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

/** Stops reading from a socket, and sends pongs in advance, since pings are no longer read. */
function deafen(socket) {
    socket._socket.pause();
    const timer = setInterval(() => (isOpen(socket) ? socket.pong() : clearInterval(timer)), 1000);
}

let asked = 0;
const say = (socket, data, to) => send(socket, "send", { ask: (asked += 1), value: { data, ...(to && { to }) } });

/** Allowance of a sender: 800 messages at first, then 650 per second. On a busy machine a late call sends the missed ones too. */
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

/** Attacks by name. Each starts an attack and returns a function to call every 20 ms. */
const attacks = {
    /** No member reads; all send much data to all others. */
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
    /** 650 small messages per second from each member, without waiting for answers. */
    small(members) {
        return eachTimes((times) => members.forEach(({ voice }) => Array.from({ length: times }, () => say(voice, "small"))));
    },
    /** The same through the room instead of the RTC room. */
    smallInRoom(members) {
        return eachTimes((times) =>
            members.forEach(({ member }) => Array.from({ length: times }, () => send(member, "message", { topic: "t", data: 1 }))),
        );
    },
    /** Frames of 84 to 131 KB, to the room and to the RTC room. */
    frames(members) {
        return () =>
            members.forEach(({ member, voice }, index) => {
                const large = "x".repeat(84_000 + index * 3000);
                send(member, "message", { topic: "t", data: large });
                send(voice, "send", { ask: index, value: { data: large } });
            });
    },
    /** As much as permitted to one victim. */
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
