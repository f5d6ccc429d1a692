import type { PersonPage } from "./personPage";

/** State of a modified client. */
export interface IModified {
    /** True = the library can no longer stop sending. */
    on: boolean;
    /** All connections that the page has created. */
    readonly connections: RTCPeerConnection[];
}

/**
 * Prepares a modified client: once `rebelAsync` turns it on, the library's attempts to stop sending have no effect. Runs in a page before any other
 * script.
 */
export function modifiable(): void {
    const modified: IModified = { on: false, connections: [] };
    Object.assign(globalThis, { modified });
    const { replaceTrack } = RTCRtpSender.prototype;
    RTCRtpSender.prototype.replaceTrack = async function (track) {
        await (modified.on ? undefined : replaceTrack.call(this, track));
    };
    const { close } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.close = function () {
        if (!modified.on) {
            close.call(this);
        }
    };
    const { stop } = MediaStreamTrack.prototype;
    MediaStreamTrack.prototype.stop = function () {
        if (!modified.on) {
            stop.call(this);
        }
    };
    const enabled = Object.getOwnPropertyDescriptor(MediaStreamTrack.prototype, "enabled");
    Object.defineProperty(MediaStreamTrack.prototype, "enabled", {
        ...enabled,
        set(this: MediaStreamTrack, value: boolean) {
            enabled?.set?.call(this, value || modified.on);
        },
    });
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
        public constructor(configuration?: RTCConfiguration) {
            super(configuration);
            modified.connections.push(this);
        }
    };
}

/** Turns the modified client on or off. On = the page keeps sending, whatever its library does. */
export async function rebelAsync({ page }: PersonPage, on: boolean): Promise<void> {
    await page.evaluate((value) => {
        (globalThis as unknown as { modified: IModified }).modified.on = value;
    }, on);
}

/** Traffic of all peer connections of a page. */
export interface ITraffic {
    readonly packetsSent: number;
    readonly bytesReceived: number;
    /** Level of the loudest source, 0 to 1. */
    readonly sentLevel: number;
}

/** Reads the traffic of a page's connections so far, including connections that its library considers closed. */
export async function trafficAsync({ page }: PersonPage): Promise<ITraffic> {
    return await page.evaluate(async () => {
        const traffic = { packetsSent: 0, bytesReceived: 0, sentLevel: 0 };
        for (const connection of (globalThis as unknown as { modified: IModified }).modified.connections) {
            (await connection.getStats()).forEach(
                (each: { type: string; packetsSent?: number; bytesReceived?: number; audioLevel?: number }) => {
                    if (each.type === "outbound-rtp") {
                        traffic.packetsSent += each.packetsSent ?? 0;
                    } else if (each.type === "inbound-rtp") {
                        traffic.bytesReceived += each.bytesReceived ?? 0;
                    } else if (each.type === "media-source") {
                        traffic.sentLevel = Math.max(traffic.sentLevel, each.audioLevel ?? 0);
                    }
                },
            );
        }
        return traffic;
    });
}

/**
 * Counts the samples that a page's receivers have removed, inserted and concealed so far, as happens on a busy machine. If the count is the same
 * before and after a recording, the recording contains exactly what was sent.
 */
export async function bentSamplesAsync({ page }: PersonPage): Promise<number> {
    return await page.evaluate(async () => {
        let bent = 0;
        for (const connection of (globalThis as unknown as { modified: IModified }).modified.connections) {
            (await connection.getStats()).forEach((each: Readonly<Record<string, number>>) => {
                const { removedSamplesForAcceleration = 0, insertedSamplesForDeceleration = 0, concealedSamples = 0 } = each;
                bent += removedSamplesForAcceleration + insertedSamplesForDeceleration + concealedSamples;
            });
        }
        return bent;
    });
}
