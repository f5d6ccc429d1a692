/** Example of a valid list of STUN and TURN servers, for error messages. */
export const iceServersWanted =
    'a list like [{ urls: "stun:stun.example.com:3478" }, { urls: "turn:turn.example.com:3478", username, credential }]';

const url = /^(?:stuns?:([^\s/?#@]+)|turns?:([^\s/?#@]+?)(?:\?transport=(?:udp|tcp))?)$/i;
const host = /^(?:\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i;

/**
 * Validates a list of STUN and TURN servers by the rules of browsers (RFC 7064, RFC 7065). `RTCPeerConnection` throws for an invalid list.
 * @param list - value of any type
 * @returns true if a peer connection can be created with the list; an empty list is valid
 */
export function areIceServers(list: unknown): boolean {
    return (
        Array.isArray(list) &&
        list.every((server: unknown) => {
            const { urls, username, credential } = (server ?? {}) as Readonly<Record<string, unknown>>;
            const all: readonly unknown[] = Array.isArray(urls) ? urls : [urls];
            return all.length > 0 && all.every((each) => isUsable(each, [username, credential]));
        })
    );
}

function isUsable(text: unknown, secrets: readonly unknown[]): boolean {
    const [, stun, turn] = url.exec(typeof text === "string" ? text : "") ?? [];
    const hasSecrets = secrets.every((secret) => typeof secret === "string" && secret !== "");
    return host.test(stun ?? turn ?? "") && (turn === undefined || hasSecrets);
}
