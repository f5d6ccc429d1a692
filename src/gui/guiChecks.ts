import { RtcError } from "../index.js";

type Loose = Readonly<Record<string, unknown>>;
type Rule = readonly [isUsable: (value: unknown) => boolean, wanted: string];

const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null;
const aText: Rule = [(value) => typeof value === "string", "a text"];
const aSwitch: Rule = [(value) => typeof value === "boolean", "true or false"];
const aFunction: Rule = [(value) => typeof value === "function", "a function"];
const aSize: Rule = [(value) => typeof value === "number" && value >= 0 && Number.isFinite(value), "a number from 0 up"];
const aPart: Rule = [(value) => typeof value === "boolean" || isObject(value), "true, false or an object"];
const having = (wanted: string, ...methods: readonly string[]): Rule => [
    (value) => isObject(value) && methods.every((method) => typeof value[method] === "function"),
    wanted,
];

/** Rules of all options of this entry: one name means the same everywhere. Null counts as not given. */
const rules: Readonly<Record<string, Rule>> = {
    buttons: [
        (value) =>
            Array.isArray(value) &&
            value.every((each) => isObject(each) && typeof each.id === "string" && typeof each.press === "function"),
        "a list of { id, icon, caption, press }",
    ],
    close: aFunction,
    durationMs: aSize,
    folded: aSwitch,
    hand: [(value) => value === "left" || value === "right", '"left" or "right"'],
    height: aSize,
    help: aText,
    leave: aFunction,
    maxHeight: aSize,
    maxWidth: aSize,
    mirror: having("a DomMirror", "group", "say", "alert"),
    mirrorParent: having("an element of the page", "append"),
    moderation: having("an IRosterModeration", "muteAsync", "inviteToUnmuteAsync", "removeAsync"),
    most: aSize,
    name: aText,
    pixelsPerMetre: [(value) => typeof value === "number" && value > 0 && Number.isFinite(value), "a number above 0"],
    radius: aSize,
    refreshMs: aSize,
    rejoinAsync: aFunction,
    rooms: aPart,
    settings: aPart,
    storage: having("an object with load() and save()", "load", "save"),
    suppressor: aFunction,
    talkKey: aText,
    texts: [isObject, "an object like `defaultTexts`"],
    theme: [
        (value) => isObject(value) && Object.values(value).every((each) => typeof each === "string" || each === undefined),
        "an object of texts",
    ],
    visible: aSwitch,
    visibleTo: aSize,
    width: aSize,
    wrist: aPart,
    xr: [(value) => isObject(value) && isObject(value.baseExperience), "a WebXRDefaultExperience"],
};

/**
 * Checks the options of a class of this entry.
 * @param options - what an app passed. Throws `invalidArgument`, which names the first that cannot be used.
 */
export function checkGuiOptions(options: unknown): void {
    if (!isObject(options)) {
        throw new RtcError("invalidArgument", "Options of controls are an object.");
    }
    for (const [name, value] of Object.entries(options)) {
        const [isUsable, wanted] = (Object.hasOwn(rules, name) ? rules[name] : undefined) ?? [];
        if (isUsable && (value ?? undefined) !== undefined && !isUsable(value)) {
            throw new RtcError("invalidArgument", `The option ${name} must be ${wanted ?? ""}.`);
        }
    }
}

/** Throws `invalidArgument` for what is neither a plugin nor rooms and a behavior of the app's own. */
export function checkGuiSource(source: unknown): void {
    const { room, rtc } = (source ?? {}) as Readonly<Record<"room" | "rtc", Loose | undefined>>;
    if (!isObject(room?.status$) || !isObject(rtc?.voices$)) {
        throw new RtcError("invalidArgument", "Controls want an RtcPlugin, or `{ room, rtc }` with a room source and an RtcBehavior.");
    }
}

/** Throws `invalidArgument` for what is no node. */
export function checkGuiNode(node: unknown): void {
    if (!isObject(node) || typeof node.getScene !== "function") {
        throw new RtcError("invalidArgument", "A TransformNode or mesh is wanted, above or below which the sign stands.");
    }
}

/**
 * Calls a function of the app's, whose mistakes must not stop the controls.
 * @param name - of the option that it came by
 * @param call - calls it; what it rejects with counts, too
 * @param onError - hears of it
 */
export function callApp(name: string, call: () => unknown, onError: (error: RtcError) => void): void {
    const tell = (cause: unknown): void => onError(RtcError.From(cause, "unknown", `The option ${name} of the controls failed.`));
    try {
        Promise.resolve(call()).catch(tell);
    } catch (cause) {
        tell(cause);
    }
}

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

type Speaker = (...args: readonly unknown[]) => unknown;

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
