import { RtcError } from "./rtcError.js";

type Members = Readonly<Record<string, unknown>> | null | undefined;

const grammar = /([\w$]+)\.?([^!=]*)(!?)(?:=(.+))?/;

/**
 * Checks options at run time, since untyped code may have passed them.
 * @param options - the options, by name. `undefined` counts as not given, and so does `null`, unless the rule lists words or a range.
 * @param rules - one rule per option, separated by spaces: `token` = a function, `player=object` = a value of that type, `mode=open|shut` = one of
 * these words, `volume=0..4` = a number from 0 to 4, `width=0..` = a finite number from 0 up, `status$.pipe` = an object with that method;
 * `!` after the name or the method = required.
 * @param what - text before the option's name in the error message. Throws `invalidArgument`, which names the first option that breaks its rule.
 */
export function checkOptions(options: unknown, rules: string, what = "option "): void {
    for (const rule of rules.split(" ")) {
        const [, name = "", path = "", isRequired, wanted = "function"] = grammar.exec(rule) ?? [];
        const given = (options as Members)?.[name];
        const value = path ? (given as Members)?.[path] : given;
        const type = value === null ? "null" : typeof value;
        const words = wanted.split("|");
        const [low = NaN, high = NaN] = wanted.split("..").map((bound) => (bound ? Number(bound) : Number.MAX_VALUE));
        const isType = !words[1] && !(low <= high);
        const isUsable =
            type === "number" ? low <= (value as number) && (value as number) <= high : words.includes(isType ? type : (value as string));
        if (!isUsable && (isRequired || (isType ? (given ?? undefined) : given) !== undefined)) {
            const range = wanted.replace(/\.\.$/, " or more, finite").replace("..", " to ");
            throw new RtcError(
                "invalidArgument",
                `The ${what}${name}${path && `.${path}`} must be ${isType ? "of type " : ""}${range}, not ${isType || type === "object" ? type : String(value)}.`,
            );
        }
    }
}

/** Throws `invalidArgument` if the options are not an object. */
export function requireOptions(options: unknown): void {
    checkOptions({ options }, "options!=object", "argument ");
}

/**
 * Checks the new value of a boolean property at run time, since untyped code may have set it.
 * @param name - name of the property
 * @param value - its new value. Throws `invalidArgument` unless it is true or false.
 */
export function checkSwitch(name: string, value: unknown): void {
    checkOptions({ [name]: value }, `${name}!=boolean`, "value of ");
}

/** @returns a copy of `base` with the defined values of `options`; options that `base` does not have are ignored */
export function merged<T extends object>(base: T, options: Partial<T> | null): T {
    return {
        ...base,
        ...Object.fromEntries(Object.entries(options ?? {}).filter(([key, value]) => Object.hasOwn(base, key) && value !== undefined)),
    };
}
