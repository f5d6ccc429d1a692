/** Stages of the time to the first sound, in milliseconds: from `new Peer`, or from being in the room, whichever is later. */
export interface IMilestones {
    /** From the beginning until there is an RTCPeerConnection: the signalling socket opens, and the other end is there to be called. */
    readonly signalling: number;
    /** From there until the connection stands: offer, answer, ICE, DTLS. */
    readonly connecting: number;
    /** From there until something is heard. */
    readonly sounding: number;
    /** All of it. */
    readonly all: number;
}

/** Takes the times of the first call of this page, whoever makes it. Made before `new Peer`. */
export class Milestones {
    /** Time of `new Peer`, which opens PeerJS' socket. */
    public peer = NaN;
    private _connection = NaN;
    private _connected = NaN;

    public constructor() {
        // eslint-disable-next-line @typescript-eslint/no-this-alias -- two other `this` are at work below
        const milestones = this;
        globalThis.WebSocket = class extends WebSocket {
            public constructor(url: string | URL, protocols?: string | string[]) {
                super(url, protocols);
                if (String(url).includes("/peerjs?")) {
                    milestones.peer = performance.now();
                }
            }
        };
        globalThis.RTCPeerConnection = class extends RTCPeerConnection {
            public constructor(configuration?: RTCConfiguration) {
                super(configuration);
                milestones._connection = performance.now();
                this.addEventListener("connectionstatechange", () => {
                    if (this.connectionState === "connected") {
                        milestones._connected = performance.now();
                    }
                });
            }
        };
    }

    /**
     * @param heard - when the first sound was, by `performance.now()`
     * @param earliest - when there could first be somebody to call; `new Peer` before it does not begin the time
     */
    public until(heard: number, earliest = 0): IMilestones {
        const begin = Math.max(this.peer, earliest);
        return {
            signalling: this._connection - begin,
            connecting: this._connected - this._connection,
            sounding: heard - this._connected,
            all: heard - begin,
        };
    }
}
