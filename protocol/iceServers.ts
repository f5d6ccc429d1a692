/** Example of a usable list of STUN and TURN servers, for the sentences of errors. */
export const iceServersWanted =
    'a list like [{ urls: "stun:stun.example.com:3478" }, { urls: "turn:turn.example.com:3478", username, credential }]';

const url = /^(?:stuns?:([^\s/?#@]+)|turns?:([^\s/?#@]+?)(?:\?transport=(?:udp|tcp))?)$/i;
const host = /^(?:\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i;

/**
 * Checks STUN and TURN servers as browsers do (RFC 7064, RFC 7065), whose `RTCPeerConnection` throws for others.
 * @param list - what somebody passed
 * @returns whether a connection can be made with them
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
