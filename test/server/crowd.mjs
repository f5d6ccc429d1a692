// Many members without a browser. They run in their own process, so that they take no CPU time from the process that measures. Arguments: URL of the
// server, name of the room, number of members. On a message from the parent process, all members start to enter the room and its voice within 0.9 s.
// Once each sees all others, or after 20 s, the process reports what each of them sees.
import { setPriority } from "node:os";
import { Client } from "@colyseus/sdk";

const [url = "", name = "", count = "0"] = process.argv.slice(2);
// Runs at a lower priority than the server, since in reality fifty members run on other machines.
setPriority(10);
// Colyseus' client prints every connection that the server closes.
console.warn = () => undefined;

const postAsync = async (path, body, headers = {}) => {
    const options = { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, options);
    const answer = await response.json();
    if (!response.ok) {
        throw new Error(JSON.stringify(answer));
    }
    return answer;
};

/** Joins a room, and keeps the list of ids up to date from the server's messages. */
async function joinAsync(type, options, listIn, joined, left) {
    const room = await new Client(url).joinOrCreate(type, options);
    room.reconnection.enabled = false;
    const list = new Set();
    room.onMessage("*", (kind, message) => {
        if (kind === "welcome") {
            message[listIn].forEach(({ id }) => list.add(id));
        } else if (kind === joined) {
            list.add(message.id);
        } else if (kind === left) {
            list.delete(message.id);
        }
    });
    return { room, list };
}

async function enterAsync({ identity }) {
    const member = await joinAsync("room", { name, identity }, "members", "memberJoined", "memberLeft");
    const room = member.room.roomId;
    const { token } = await postAsync("/token", { room }, { Authorization: `Bearer ${identity}` });
    return { member, voice: await joinAsync("rtc", { room, token }, "peers", "peerJoined", "peerLeft") };
}

const guests = await Promise.all(Array.from({ length: Number(count) }, (_, index) => postAsync("/guest", { name: `Guest ${index}` })));
process.on("disconnect", () => process.exit());
process.on("message", async () => {
    const begun = performance.now();
    const begin = (guest, index) =>
        new Promise((resolve) => setTimeout(resolve, (index * 900) / guests.length)).then(() => enterAsync(guest));
    const crowd = await Promise.all(guests.map(begin));
    const entered = performance.now() - begun;
    while (!crowd.every(({ member, voice }) => member.list.size === guests.length && voice.list.size === guests.length)) {
        if (performance.now() - begun > 20_000) {
            break;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const known = performance.now() - begun;
    const members = crowd.map(({ member }) => [...member.list]);
    const voices = crowd.map(({ voice }) => [...voice.list]);
    process.send({ result: { entered, known, members, voices } });
});
process.send({ ready: true });
