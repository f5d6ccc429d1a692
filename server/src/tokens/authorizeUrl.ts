import { RtcServerError } from "../rtcServerError.js";
import type { Authorize, IRtcUser } from "../config/serverOptions.js";

/** Timeout for the backend's answer, in milliseconds. Shorter than that of `authorize` (10 s), so that the log names the cause. */
const maxWaitMs = 8_000;

/** Maximum length of the backend's answer, in bytes. Attributes, its largest part, have at most 2 KiB. */
const maxAnswerBytes = 16_384;

/** Statuses with which the backend refuses a user. */
const refusals: readonly number[] = [401, 403, 404];

/**
 * Authenticates users by an HTTP endpoint of the app's backend, which can be in any language. The endpoint gets a POST request with the JSON object
 * `{ credential, room }` (fields of `IAuthorizeRequest`, without `headers`). It answers with an `IRtcUser` as JSON, at most 16 KiB; to refuse, with
 * `null` or with the status 401, 403 or 404. Any other answer, or none within 8 s, also refuses the user, and is logged.
 * @param url - address of the endpoint. Credentials are sent there, so use `https:` except within a machine or a private network. A redirect counts
 * as a failure.
 * @returns the option `authorize` of a server. Throws `invalidOption` if the address is invalid.
 */
export function authorizeBy(url: string): Authorize {
    const target = URL.canParse(url) ? new URL(url) : null;
    if (!target || !["http:", "https:"].includes(target.protocol) || target.username !== "" || target.password !== "") {
        throw new RtcServerError(
            "invalidOption",
            `The address of the sign-in must be like https://game.example/authorize, not ${JSON.stringify(url)}.`,
        );
    }
    return async ({ credential, room }) => {
        const response = await fetch(target, {
            method: "POST",
            headers: { "content-type": "application/json", accept: "application/json" },
            body: JSON.stringify({ credential, ...(room && { room }) }),
            redirect: "error",
            signal: AbortSignal.timeout(maxWaitMs),
        });
        if (!response.ok) {
            await response.body?.cancel();
            if (refusals.includes(response.status)) {
                return null;
            }
            throw new Error(`${target.origin} answered with the status ${response.status}.`);
        }
        return userIn(await textOfAsync(response));
    };
}

/** Reads the body up to the maximum length. Rejects for a longer one. */
async function textOfAsync({ body }: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    // Leaving the loop cancels the rest of the body.
    for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
        bytes += chunk.byteLength;
        if (bytes > maxAnswerBytes) {
            throw new Error(`The answer has more than ${maxAnswerBytes} bytes.`);
        }
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
}

function userIn(text: string): IRtcUser | null {
    let answer: unknown;
    try {
        answer = JSON.parse(text);
    } catch (cause) {
        throw new Error("The answer is not JSON.", { cause });
    }
    if (answer !== null && (typeof answer !== "object" || Array.isArray(answer))) {
        throw new Error("The answer is not an object.");
    }
    // The caller checks each field.
    return answer as IRtcUser | null;
}
