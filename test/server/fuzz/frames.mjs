// Frames of each kind, made from valid ones. The content depends only on the seed, the kind, the frame's number, and the present members' ids
// and credentials.
import { getMessageBytes, Protocol } from "@colyseus/core";
import { mutate, mutateBytes, mutateText, oddText, oddValue, toJsonText } from "./mutate.mjs";

/** Valid messages to a room, by type. `ids` are those of present members. */
const roomMessages = ({ ids }, random) => ({
    attributes: { color: "red", score: 3, nested: { a: [1, 2] } },
    message: { topic: "chat", data: { text: "hello", list: [1, null, true] } },
    lock: { locked: random.chance(0.5) },
    kick: { id: random.of(ids), seconds: 0 },
    owner: { id: random.of(ids) },
    describe: { description: "a room" },
    properties: { changes: { map: "arena", removed: null } },
    password: { password: random.chance(0.9) ? null : "open sesame" },
    invite: { seconds: 60, userId: random.of(ids) },
    revoke: { by: random.of(ids) },
    self: { name: "Mallory", attributes: { color: "blue" } },
});
const roomAsks = new Set(["lock", "kick", "owner", "describe", "properties", "password", "invite", "revoke", "self"]);

/** Valid messages to an RTC room, by type. */
const rtcMessages = ({ ids, token }, random) => ({
    enter: { blocks: [random.of(ids)], dataInRtp: true },
    mute: { muted: random.chance(0.5) },
    interest: { to: random.of(ids), interest: random.of(["off", "warm", "on"]) },
    state: { publishing: random.chance(0.5), capturing: true },
    renew: { token },
    block: { id: random.of(ids), blocked: random.chance(0.5) },
    moderate: { action: random.of(["mute", "muteAll", "inviteToUnmute", "remove"]), id: random.of(ids), seconds: 0 },
    send: { to: random.of([undefined, random.of(ids)]), data: random.chance(0.5) ? "hello" : random.bytes(20) },
});
const rtcAsks = new Set(["renew", "block", "moderate", "send"]);

function colyseusFrame(random, messages, asks) {
    const type = random.of(Object.keys(messages));
    let message = messages[type];
    if (asks.has(type)) {
        message = { ask: random.below(1e6), value: message };
    }
    if (random.chance(0.85)) {
        message = mutate(random, message);
    }
    const named = random.chance(0.02) ? random.of([oddText(random), random.below(300), "answer", "welcome", "closed"]) : type;
    let frame;
    try {
        frame = Buffer.from(getMessageBytes.raw(random.chance(0.97) ? Protocol.ROOM_DATA : Protocol.ROOM_DATA_BYTES, named, message));
    } catch {
        frame = Buffer.from([Protocol.ROOM_DATA, ...random.bytes(20)]);
    }
    return random.chance(0.25) ? mutateColyseus(random, frame) : frame;
}

/** Mutates mostly the part after the type, since an unreadable type closes the connection. */
function mutateColyseus(random, frame) {
    const prefix = frame[1] ?? 0;
    const begin = prefix > 0xa0 && prefix < 0xc0 ? 2 + (prefix & 0x1f) : 2;
    if (random.chance(0.97)) {
        return Buffer.concat([frame.subarray(0, begin), mutateBytes(random, frame.subarray(begin))]);
    }
    return random.chance(0.5) ? mutateBytes(random, frame) : Buffer.from([random.below(256), ...frame.subarray(1)]);
}

function signal(random, { peers }) {
    const type = random.of(["OFFER", "ANSWER", "CANDIDATE", "CANDIDATE", "HEARTBEAT", "LEAVE", "EXPIRE", "OPEN", "ERROR"]);
    const payload = {
        type: "media",
        connectionId: `mc_${random.below(20)}`,
        sdp: { type: "offer", sdp: "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n" },
        candidate: { candidate: "candidate:1 1 UDP 1 192.0.2.1 9 typ host", sdpMid: "0", sdpMLineIndex: 0 },
        metadata: { a: 1 },
    };
    const valid = { type, src: random.of(peers), dst: random.of(peers), payload };
    const text = toJsonText(random, random.chance(0.85) ? mutate(random, valid) : valid);
    return random.chance(0.05) ? mutateBytes(random, Buffer.from(text)) : text;
}

/** A POST request to one of the endpoints, whose body may be mutated. `upgrade`: path of a WebSocket handshake. */
function request(random, { identity, roomId, ids, peers, seat, token }) {
    const name = `fuzzed ${random.below(5)}`;
    const join = { name, identity, attributes: { a: 1 }, description: "d", properties: { p: 1 }, maxMembers: 4 };
    const [path, valid] = random.of([
        ["/guest", { name: "Mallory" }],
        ["/enter", { join: { name, attributes: {} }, guest: { name: "Mallory" }, create: random.chance(0.3), voice: true }],
        ["/enter", { join, create: random.chance(0.3), voice: random.chance(0.5) }],
        ["/enter", { join: { id: roomId, identity }, create: false, voice: true }],
        ["/resume", { room: roomId, id: random.of(ids), secret: "0".repeat(40) }],
        ["/token", { room: roomId }],
        ["/rooms", { limit: 10, cursor: "YQ" }],
        ["/matchmake/joinOrCreate/room", join],
        ["/matchmake/join/room", { invitation: token, identity }],
        ["/matchmake/joinOrCreate/rtc", { room: roomId, token, blocks: ids }],
    ]);
    const body = Buffer.from(toJsonText(random, random.chance(0.8) ? mutate(random, valid) : valid));
    return {
        method: "POST",
        path,
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${identity}` },
        body: random.chance(0.1) ? mutateBytes(random, body) : body,
        upgrade: random.of([`/${seat}`, `/signal/peerjs?key=peerjs&id=${random.of(peers)}&token=${"0".repeat(40)}&version=1.5.5`]),
    };
}

const oddHeaders = [
    ["Content-Type", "text/plain"],
    ["Content-Type", "application/json; charset=utf-16"],
    ["Origin", "http://localhost:1"],
    ["Origin", "null"],
    ["Authorization", "Bearer e30.e30.e30"],
    ["Expect", "100-continue"],
    ["Accept-Encoding", "gzip, br"],
    ["Cookie", "a=b"],
    ["X-Forwarded-For", "::1, 127.0.0.1"],
];

/** Replaces the characters that would make the server reject the request while parsing its headers. */
const headerText = (text) => text.replace(/[^\x20-\x7e]/g, "?");

/** A request for a range of a file. The range may be invalid, and the file may not exist. */
function fileFrame(random) {
    const [from, to] = [random.below(2_000), random.below(2_000)];
    const range = random.of([`bytes=${from}-${to}`, `bytes=${from}-`, `bytes=-${to}`, `bytes=${from}-${to},0-1`]);
    const lines = [
        `${random.of(["GET", "HEAD"])} /${random.of(["run.mjs", "frames.mjs", "none.mjs", "..%2frunner.mjs"])} HTTP/1.1`,
        "Host: localhost",
        `Range: ${random.chance(0.7) ? range : headerText(mutateText(random, range))}`,
    ];
    return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
}

function httpFrame(random, places) {
    if (random.chance(0.1)) {
        return fileFrame(random);
    }
    const { method, path, headers, body } = request(random, places);
    const lines = { ...headers, "Content-Length": String(body.length) };
    if (random.chance(0.3)) {
        const [name, value] = random.of(oddHeaders);
        lines[name] = random.chance(0.5) ? value : headerText(mutateText(random, value));
    }
    if (random.chance(0.1)) {
        lines.Authorization = headerText(mutateText(random, lines.Authorization));
    }
    const oddPath = random.chance(0.05) ? mutateText(random, path) : path;
    const asked = random.chance(0.05) ? random.of(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"]) : method;
    const target = encodeURI(oddPath.toWellFormed?.() ?? oddPath).replace(/ /g, "%20");
    const head = [`${asked} ${target || "/"} HTTP/1.1`, "Host: localhost", ...Object.entries(lines).map((line) => line.join(": "))].join(
        "\r\n",
    );
    return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);
}

/** A frame that most likely closes its connection: a malformed request, false lengths, or a WebSocket handshake. */
function lastHttpFrame(random, places) {
    const { upgrade } = request(random, places);
    const key = random.bytes(16).toString("base64");
    const head = [
        `GET ${headerText(random.chance(0.5) ? upgrade : mutateText(random, upgrade)).replace(/ /g, "%20") || "/"} HTTP/1.1`,
        "Host: localhost",
        "Connection: Upgrade",
        "Upgrade: websocket",
        `Sec-WebSocket-Version: ${random.chance(0.9) ? 13 : 8}`,
        `Sec-WebSocket-Key: ${random.chance(0.9) ? key : "no"}`,
        ...(random.chance(0.2) ? ["Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=1"] : []),
    ].join("\r\n");
    const upgrading = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), random.bytes(random.below(20))]);
    const request_ = httpFrame(random, places);
    return random.weighted([
        [4, upgrading],
        [2, mutateBytes(random, request_)],
        [1, Buffer.from(request_.toString("latin1").replace(/Content-Length: \d+/, `Content-Length: ${oddText(random)}`), "latin1")],
        [1, Buffer.from(request_.toString("latin1").replace(/Content-Length: \d+/, "Transfer-Encoding: chunked"), "latin1")],
        [1, mutateBytes(random, upgrading)],
    ]);
}

/** A malformed WebSocket frame: odd opcodes, false lengths, or no mask. */
function rawWebSocketFrame(random) {
    const begin = random.of([
        "8180",
        "82fe",
        "82ff7fffffffffffffff",
        "c180",
        "8880",
        "88830a0b0c0d",
        "89fe00ff",
        "0080",
        "0101",
        "83ff",
        "8101",
    ]);
    return Buffer.concat([Buffer.from(begin, "hex"), random.bytes(random.below(24))]);
}

/** Makers by kind. `httpLast` and `raw` most likely close the connection, so such a frame is the last one on its connection. */
export const makers = {
    room: (random, places) => colyseusFrame(random, roomMessages(places, random), roomAsks),
    rtc: (random, places) => colyseusFrame(random, rtcMessages(places, random), rtcAsks),
    signalling: signal,
    http: httpFrame,
    httpLast: lastHttpFrame,
    raw: rawWebSocketFrame,
    /** A text frame with any value as JSON, also where the server expects binary frames. */
    text: (random) => toJsonText(random, oddValue(random)),
};
