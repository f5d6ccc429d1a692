/** Stages of the time to first sound, in milliseconds. The time starts at `new Peer` or at entering the room, whichever is later. */
export interface IMilestones {
    /** From the start until the RTCPeerConnection is created: the signalling socket opens and the other peer is available. */
    readonly signalling: number;
    /** From the end of `signalling` until the peer connection is connected: offer, answer, ICE, DTLS. */
    readonly connecting: number;
    /** From the end of `connecting` to the first sound. */
    readonly sounding: number;
    /** Sum of all stages. */
    readonly all: number;
}

/** Records the times of this page's only call, incoming or outgoing. With several calls, the last one counts. Must be created before `new Peer`. */
export class Milestones {
    /** Time of `new Peer`, which opens PeerJS' socket. */
    public peer = NaN;
    private _connection = NaN;
    private _connected = NaN;

    public constructor() {
        // eslint-disable-next-line @typescript-eslint/no-this-alias -- the classes below have their own `this`
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
     * @param heard - time of the first sound, from `performance.now()`
     * @param earliest - earliest time at which a peer can be called; the measurement starts no earlier, even if `new Peer` did
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
