import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { errorFromServer, isErrorReply } from "./serverError.js";

/** How long the server may take to answer, in milliseconds. */
export const serverTimeoutMs = 10_000;

/** The sentence for a server that does not answer. */
export function unreachable(server: string, cause: unknown): RtcError {
    return new RtcError("serverUnreachable", `No answer from ${server}. Is the server running, and does it allow this page's origin?`, {
        cause,
    });
}

/**
 * Posts JSON to our server and gives its JSON answer.
 * @param server - the server's address
 * @param path - the endpoint, with a leading slash
 * @param body - what to send
 * @param options - `bearer`: who asks; `signal`: cancels
 * @returns the answer; rejects with an `RtcError` after at most ten seconds
 */
export async function postAsync<Reply>(
    server: string,
    path: string,
    body: unknown,
    options: { readonly bearer?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<Reply> {
    throwIfAborted(options.signal);
    const timeout = AbortSignal.timeout(serverTimeoutMs);
    let response: Response;
    let reply: unknown;
    try {
        response = await fetch(server + path, {
            method: "POST",
            credentials: "omit",
            headers: {
                "content-type": "application/json",
                ...(options.bearer === undefined ? {} : { authorization: `Bearer ${options.bearer}` }),
            },
            body: JSON.stringify(body),
            signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
        });
        reply = await response.json();
    } catch (error) {
        throwIfAborted(options.signal);
        throw unreachable(server, error);
    }
    if (!response.ok) {
        throw errorFromServer(isErrorReply(reply) ? reply.error.code : null, reply);
    }
    return reply as Reply;
}
