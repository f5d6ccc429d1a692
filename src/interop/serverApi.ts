import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { errorFromServer, isErrorReply } from "./serverError.js";

/** Timeout for the server's answer, in milliseconds. */
export const serverTimeoutMs = 10_000;

/** Longest total delay by a busy server, in milliseconds. */
const maxPatienceMs = 30_000;

/** The sentence for a server that does not answer. */
export function unreachable(server: string, cause: unknown): RtcError {
    // Browsers do not let a page read why it is refused.
    const origin = typeof location === "undefined" ? "" : ` (${location.origin})`;
    const sentence = `No answer from ${server}. Is the server running, and does its option \`origins\` name this page's origin${origin}?`;
    return new RtcError("serverUnreachable", sentence, { cause });
}

/** The sentence for an address where something else answers, like the page's own development server. */
export function notOurServer(server: string, cause: unknown): RtcError {
    const sentence = `${server} answers, but is no babylon-rtc-server. Name the address of yours, for example http://localhost:9000.`;
    return new RtcError("serverUnreachable", sentence, { cause });
}

/** Options of a request. */
export interface IPostOptions {
    /** Token of the user who asks. */
    readonly bearer?: string;
    /** Cancels. */
    readonly signal?: AbortSignal | undefined;
    /** Type of what is sent. `text/plain` spares a page of another origin the question beforehand whether it may; few endpoints take it. Default: `application/json`. */
    readonly type?: "text/plain";
}

/**
 * Posts JSON to our server and gives its JSON answer.
 * @param server - the server's address
 * @param path - the endpoint, with a leading slash
 * @param body - what to send
 * @param options - what goes with it
 * @returns the answer; rejects with an `RtcError`. A server has ten seconds to answer; one that is busy and says when to come again is asked again by
 * then, for up to half a minute.
 */
export async function postAsync<Reply>(server: string, path: string, body: unknown, options: IPostOptions = {}): Promise<Reply> {
    const end = performance.now() + maxPatienceMs;
    for (;;) {
        const { response, reply } = await askAsync(server, path, body, options);
        if (response.ok) {
            return reply as Reply;
        }
        // Up to half as much again, so that not everybody of a school comes at the same moment.
        const waitMs = Number(response.headers.get("retry-after")) * 1000 * (1 + Math.random() / 2);
        if (response.status !== 429 || !(waitMs > 0) || performance.now() + waitMs > end) {
            throw refusalOf(server, response, reply);
        }
        await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, waitMs);
            const stop = (): void => {
                clearTimeout(timer);
                resolve();
            };
            options.signal?.addEventListener("abort", stop, { once: true });
        });
    }
}

async function askAsync(
    server: string,
    path: string,
    body: unknown,
    options: IPostOptions,
): Promise<{ readonly response: Response; readonly reply: unknown }> {
    throwIfAborted(options.signal);
    const timeout = AbortSignal.timeout(serverTimeoutMs);
    let response: Response | undefined;
    let reply: unknown;
    try {
        response = await fetch(server + path, {
            method: "POST",
            credentials: "omit",
            headers: {
                "content-type": options.type ?? "application/json",
                ...(options.bearer === undefined ? {} : { authorization: `Bearer ${options.bearer}` }),
            },
            body: JSON.stringify(body),
            signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
        });
        reply = await response.json();
    } catch (error) {
        throwIfAborted(options.signal);
        // From 500 on it is a proxy that speaks, and our server behind it that is gone.
        throw response && response.status < 500 && nameOf(error) === "SyntaxError"
            ? notOurServer(server, error)
            : unreachable(server, error);
    }
    return { response, reply };
}

function refusalOf(server: string, { status }: Response, reply: unknown): RtcError {
    const code = isErrorReply(reply) ? reply.error.code : null;
    const refusal = code === null && status === 404 ? notOurServer(server, reply) : errorFromServer(code, reply);
    if (status === 404 && code !== "roomNotFound") {
        missing.add(refusal);
    }
    return refusal;
}

/** Refusals of servers that know no such endpoint. */
const missing = new WeakSet<Error>();

/**
 * @param error - of `postAsync`
 * @returns whether the server may be one that lacks the endpoint: a page of another origin is not told more than that nothing came
 */
export function mayLackEndpoint(error: unknown): boolean {
    if (!(error instanceof RtcError)) {
        return false;
    }
    // A TypeError is all that `fetch` tells; a SyntaxError comes of what an app's own server answers in place of ours.
    const name = nameOf(error.cause);
    return missing.has(error) || name === "TypeError" || name === "SyntaxError";
}

/** The name of an error of whichever realm. */
function nameOf(error: unknown): unknown {
    return (Object(error) as { readonly name?: unknown }).name;
}
