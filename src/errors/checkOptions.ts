import { RtcError } from "./rtcError.js";

type Members = Readonly<Record<string, unknown>> | null | undefined;

const grammar = /([\w$]+)\.?([^!=]*)(!?)(?:=(.+))?/;

/**
 * Checks options, which code without types may have passed.
 * @param options - all of them, by name. One that is undefined counts as not given; null as well, unless a word or a number is wanted.
 * @param rules - what each must be, with blanks in between: `token` is a function, `player=object` of another type, `mode=open|shut` one of these
 * words, `volume=0..4` a number from 0 to 4, `width=0..` any from 0 up; `status$.pipe` has that method. `!` = it must be given.
 * @param what - what the name of an option is preceded by in the sentence. Throws `invalidArgument`, which names the first that is not as wanted.
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

/** Throws `invalidArgument` for options that are no object. */
export function requireOptions(options: unknown): void {
    checkOptions({ options }, "options!=object", "argument ");
}

/**
 * Checks a switch, which code without types may have set to something else.
 * @param name - its name
 * @param value - what it is set to. Throws `invalidArgument` unless that is true or false.
 */
export function checkSwitch(name: string, value: unknown): void {
    checkOptions({ [name]: value }, `${name}!=boolean`, "value of ");
}

/** @returns what holds with some options instead: those that are known there and not undefined */
export function merged<T extends object>(base: T, options: Partial<T> | null): T {
    return {
        ...base,
        ...Object.fromEntries(Object.entries(options ?? {}).filter(([key, value]) => Object.hasOwn(base, key) && value !== undefined)),
    };
}
