import { firstSoundAsync } from "./firstSound.js";

/** Events between `joinAsync` and the first sound, in order. */
export interface IJoinTimeline {
    /** Time from `joinAsync` to the first sound, in milliseconds. */
    readonly join: number;
    /** Time in milliseconds since the request to enter the room, and what happened. */
    readonly events: readonly (readonly [number, string])[];
}

/** Shortest time that is reported as "main thread busy", in milliseconds. */
const busyMs = 12;
/** Time before the request to enter the room from which events are shown, in milliseconds: the join has begun then. */
const earlierMs = 100;

/**
 * Joins a room like `firstSoundAsync`, and records requests, sockets, signalling messages, the peer connection, and when the main thread is busy. The
 * recording itself takes some time, so compare timelines with each other only.
 */
export async function joinTimelineAsync(server: string, room: string, name: string): Promise<IJoinTimeline> {
    const events: [number, string][] = [];
    const say = (what: string): void => void events.push([performance.now(), what]);
    recordSockets(say);
    recordConnections(say);
    const stop = recordBusy(events);
    const { join } = await firstSoundAsync(server, room, name, "equalpower");
    say("first sound");
    stop();
    for (const { startTime, responseEnd, name: url } of performance.getEntriesByType("resource") as PerformanceResourceTiming[]) {
        const { pathname } = new URL(url);
        events.push([startTime, `request ${pathname}`], [responseEnd, `answer to ${pathname}`]);
    }
    const begin = Math.min(...events.filter(([, what]) => what === "request /enter").map(([at]) => at));
    const shown = events.map(([at, what]): readonly [number, string] => [at - begin, what]).filter(([at]) => at > -earlierMs);
    return { join, events: shown.toSorted(([a], [b]) => a - b) };
}

function recordSockets(say: (what: string) => void): void {
    let count = 0;
    globalThis.WebSocket = class extends WebSocket {
        private readonly _name: string;

        public constructor(url: string | URL, protocols?: string | string[]) {
            super(url, protocols);
            this._name = String(url).includes("/peerjs?") ? "signalling socket" : `socket ${++count}`;
            say(`${this._name}: created`);
            this.addEventListener("open", () => say(`${this._name}: open`));
            this.addEventListener("message", ({ data }) => say(`${this._name}: receives ${contentOf(data)}`));
        }

        public override send(data: string | BufferSource | Blob): void {
            say(`${this._name}: sends ${contentOf(data)}`);
            super.send(data);
        }
    };
}

/** The first word of a message: the type of a signalling message, or of a message in a room. */
function contentOf(data: unknown): string {
    const text = typeof data === "string" ? data : data instanceof ArrayBuffer ? new TextDecoder().decode(data.slice(0, 40)) : "";
    return /[A-Za-z]{4,}/.exec(text.replace(/^\{"type"/, ""))?.[0] ?? "data";
}

function recordConnections(say: (what: string) => void): void {
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
        public constructor(configuration?: RTCConfiguration) {
            super(configuration);
            say("peer connection: created");
            this.addEventListener("signalingstatechange", () => say(`peer connection: ${this.signalingState}`));
            this.addEventListener("iceconnectionstatechange", () => say(`peer connection: ICE ${this.iceConnectionState}`));
            this.addEventListener("connectionstatechange", () => say(`peer connection: ${this.connectionState}`));
        }
    };
}

/** Records when the main thread is busy. @returns stops */
function recordBusy(events: [number, string][]): () => void {
    const { port1, port2 } = new MessageChannel();
    let last = performance.now();
    port1.onmessage = () => {
        const now = performance.now();
        if (now - last > busyMs) {
            events.push([last, `main thread busy for ${Math.round(now - last)} ms`]);
        }
        last = now;
        setTimeout(() => port2.postMessage(null), 0);
    };
    port2.postMessage(null);
    return () => port1.close();
}
