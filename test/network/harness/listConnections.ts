/** Records all peer connections of a page. Must run before the page's scripts. */
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
