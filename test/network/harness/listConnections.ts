/** Runs in a page before its own scripts: keeps a list of its peer connections. */
export function listConnections(): void {
    const { RTCPeerConnection } = globalThis;
    globalThis.madeConnections = [];
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(configuration?: RTCConfiguration) {
            super(configuration);
            globalThis.madeConnections?.push({ at: Date.now(), connection: this });
        }
    };
}
