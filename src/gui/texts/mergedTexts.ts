import { RtcError } from "../../index.js";

type Speaker = (...args: readonly unknown[]) => unknown;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;

/**
 * Replaces default texts with those of an app. Each must have the type of the text that it replaces.
 * @param path - name of the option, for errors
 * @param ours - default texts: strings, functions that return a string, and objects of these
 * @param theirs - the app's texts. Throws `invalidArgument` with the name of the first text of another type.
 * @param onError - called with the first error of each of the app's functions. The default text is used in place of a failed call.
 * @returns the complete texts
 */
export function mergedTexts<T extends object>(path: string, ours: T, theirs: unknown, onError: (error: RtcError) => void): T {
    const merged = Object.entries(ours).map(([key, own]: [string, unknown]): [string, unknown] => {
        const name = `${path}.${key}`;
        const value = isObject(theirs) ? theirs[key] : undefined;
        if (value === undefined) {
            return [key, own];
        }
        if (typeof value !== typeof own || value === null) {
            throw new RtcError("invalidArgument", `The option ${name} must be of type ${typeof own}.`);
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
            cause = new TypeError(`It returned ${typeof said}.`);
        } catch (error) {
            cause = error;
        }
        if (!hasFailed) {
            hasFailed = true;
            // Deferred, since this function may be called while error notices are drawn.
            queueMicrotask(() => onError(new RtcError("invalidArgument", `The option ${name} must return a string.`, { cause })));
        }
        return own(...args);
    };
}
