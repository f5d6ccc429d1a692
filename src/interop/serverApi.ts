import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { errorFromServer, isErrorReply } from "./serverError.js";

/** Timeout for the server's answer, in milliseconds. */
export const serverTimeoutMs = 10_000;

/** Maximum total time for retries when the server is busy, in milliseconds. */
const maxPatienceMs = 30_000;

/** Error for a server that does not answer. */
export function unreachable(server: string, cause: unknown): RtcError {
    // Browsers do not tell a page the reason for a failed cross-origin request.
    const origin = typeof location === "undefined" ? "" : ` (${location.origin})`;
    const sentence = `No answer from ${server}. Check that it runs, and that its option \`origins\` names this page's origin${origin}.`;
    return new RtcError("serverUnreachable", sentence, { cause });
}

/** Error for an address where another server answers, such as the page's own development server. */
export function notOurServer(server: string, cause: unknown): RtcError {
    const sentence = `${server} answers, but is not a babylon-rtc-server. Pass the address of yours, like http://localhost:9000.`;
    return new RtcError("serverUnreachable", sentence, { cause });
}

/** Options of a request. */
export interface IPostOptions {
    /** Bearer token of the user. */
    readonly bearer?: string;
    /** Cancels the request. */
    readonly signal?: AbortSignal | undefined;
    /** Content type. `text/plain` avoids the CORS preflight of a page from another origin; few endpoints accept it. Default: `application/json`. */
    readonly type?: "text/plain";
}

/**
 * Posts JSON to our server and returns its JSON answer.
 * @param server - the server's address
 * @param path - the endpoint, with a leading slash
 * @param body - value to send
 * @param options - options of the request
 * @returns the answer; rejects with an `RtcError`. Each request has a timeout of ten seconds. If a busy server (429) sends `Retry-After`, the
 * request is repeated after that time, as long as the waits end within half a minute.
 */
export async function postAsync<Reply>(server: string, path: string, body: unknown, options: IPostOptions = {}): Promise<Reply> {
    const end = performance.now() + maxPatienceMs;
    for (;;) {
        const { response, reply } = await askAsync(server, path, body, options);
        if (response.ok) {
            return reply as Reply;
        }
        // Lengthened at random by up to 50 %, so that the clients of one network (a school, for example) do not retry at the same moment.
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
        // An answer that is not JSON and has a status of 500 or higher comes from a proxy that cannot reach the server.
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

/** Errors of requests whose endpoint the server does not have. */
const missing = new WeakSet<Error>();

/**
 * Checks whether an error may mean that the server lacks the endpoint. A page of another origin cannot know this for certain: without CORS headers
 * in the answer, it learns only that the request failed.
 * @param error - error of `postAsync`
 * @returns true if the endpoint may be missing
 */
export function mayLackEndpoint(error: unknown): boolean {
    if (!(error instanceof RtcError)) {
        return false;
    }
    // `fetch` reports an answer that CORS blocks as a TypeError. A SyntaxError means that the answer was not JSON, such as the HTML page of another server.
    const name = nameOf(error.cause);
    return missing.has(error) || name === "TypeError" || name === "SyntaxError";
}

/** Name of an error, also of one from another realm. */
function nameOf(error: unknown): unknown {
    return (Object(error) as { readonly name?: unknown }).name;
}
