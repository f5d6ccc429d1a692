import { RtcError } from "../../index.js";

type Speaker = (...args: readonly unknown[]) => unknown;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;

/**
 * Puts an app's texts in place of ours, as far as they are of the same kind.
 * @param path - name of the option, for errors
 * @param ours - texts of ours: texts, functions that give one, and objects of these
 * @param theirs - what the app says instead. Throws `invalidArgument`, which names the first that is of another kind.
 * @param onError - hears of the first failure of each function of the app's; ours stands in for it
 * @returns the whole
 */
export function mergedTexts<T extends object>(path: string, ours: T, theirs: unknown, onError: (error: RtcError) => void): T {
    const merged = Object.entries(ours).map(([key, own]: [string, unknown]): [string, unknown] => {
        const name = `${path}.${key}`;
        const value = isObject(theirs) ? theirs[key] : undefined;
        if (value === undefined) {
            return [key, own];
        }
        if (typeof value !== typeof own || value === null) {
            throw new RtcError("invalidArgument", `The option ${name} must be a ${typeof own}.`);
        }
        if (isObject(own)) {
            return [key, mergedTexts(name, own, value, onError)];
        }
        return [key, typeof own === "function" ? safeText(name, own as Speaker, value as Speaker, onError) : value];
    });
    return Object.fromEntries(merged) as T;
}

function safeText(name: string, own: Speaker, theirs: Speaker, onError: (error: RtcError) => void): Speaker {
    let hasFailed = false;
    return (...args) => {
        let cause: unknown;
        try {
            const said = theirs(...args);
            if (typeof said === "string") {
                return said;
            }
            cause = new TypeError(`It gave ${typeof said}.`);
        } catch (error) {
            cause = error;
        }
        if (!hasFailed) {
            hasFailed = true;
            // Not at once: it may be called while what tells of errors is drawn.
            queueMicrotask(() => onError(new RtcError("invalidArgument", `The option ${name} must give a text.`, { cause })));
        }
        return own(...args);
    };
}
