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

/** Validation rules for the options of all controls, by option name. An option has the same rule in every class. Null counts as absent. */
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
    help: [
        (value) =>
            typeof value === "string" ||
            (isObject(value) && Object.values(value).every((each) => each === undefined || typeof each === "string")),
        "a text, or texts as { keys, touch, headset }",
    ],
    insets: [
        (value) => isObject(value) && Object.values(value).every((each) => each === undefined || aSize[0](each)),
        "an object of numbers from 0 up",
    ],
    leave: aFunction,
    maxHeight: aSize,
    maxWidth: aSize,
    mirror: having("a DomMirror", "group", "say", "alert"),
    mirrorParent: having("an element of the page", "append"),
    moderation: having("an IRosterModeration", "muteAsync", "inviteToUnmuteAsync", "removeAsync"),
    most: aSize,
    name: aText,
    overlay: aSwitch,
    pixelsPerMetre: [(value) => typeof value === "number" && value > 0 && Number.isFinite(value), "a number above 0"],
    radius: aSize,
    refreshMs: aSize,
    rejoinAsync: aFunction,
    rooms: aPart,
    roomsOpen: aSwitch,
    settings: aPart,
    settingsOpen: aSwitch,
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
 * Checks the options of a control.
 * @param options - options from the app. Throws `invalidArgument` with the name of the first invalid option, or if they are not an object.
 */
export function checkGuiOptions(options: unknown): void {
    if (!isObject(options)) {
        throw new RtcError("invalidArgument", "Control options must be an object.");
    }
    for (const [name, value] of Object.entries(options)) {
        const [isUsable, wanted] = (Object.hasOwn(rules, name) ? rules[name] : undefined) ?? [];
        if (isUsable && (value ?? undefined) !== undefined && !isUsable(value)) {
            throw new RtcError("invalidArgument", `The option ${name} must be ${wanted ?? ""}.`);
        }
    }
}

/** Throws `invalidArgument` unless the source is a plugin, or an object with the app's own room source and RTC behavior. */
export function checkGuiSource(source: unknown): void {
    const { room, rtc } = (source ?? {}) as Readonly<Record<"room" | "rtc", Loose | undefined>>;
    if (!isObject(room?.status$) || !isObject(rtc?.voices$)) {
        throw new RtcError("invalidArgument", "Controls need an RtcPlugin, or `{ room, rtc }` with a room source and an RtcBehavior.");
    }
}

/** Throws `invalidArgument` unless the value is a Babylon node. */
export function checkGuiNode(node: unknown): void {
    if (!isObject(node) || typeof node.getScene !== "function") {
        throw new RtcError("invalidArgument", "Pass a TransformNode or mesh, above or below which the sign is shown.");
    }
}

/**
 * Calls a function that the app provides. Errors of the function are reported, and do not stop the controls.
 * @param name - name of the option that holds the function, for the error message
 * @param call - calls the function; a rejected promise also counts as an error
 * @param onError - called with the error
 */
export function callApp(name: string, call: () => unknown, onError: (error: RtcError) => void): void {
    const tell = (cause: unknown): void => onError(RtcError.From(cause, "unknown", `The option ${name} of the controls failed.`));
    try {
        Promise.resolve(call()).catch(tell);
    } catch (cause) {
        tell(cause);
    }
}
