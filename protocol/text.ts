/** Control characters, line and paragraph separators, and characters that embed, override or isolate a writing direction. */
// eslint-disable-next-line no-control-regex -- it searches for control characters
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** The same set without the line feed. A carriage return is in both sets. */
// eslint-disable-next-line no-control-regex -- it searches for control characters
const unprintableInText = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/**
 * Validates a text of any number of lines.
 * @param value - value of any type
 * @param maxLength - longest text, in characters
 * @returns the text, trimmed, possibly empty; undefined if the value is not a text, is too long, or contains unprintable characters other than line
 * feeds
 */
export function toText(value: unknown, maxLength: number): string | undefined {
    if (typeof value !== "string" || unprintableInText.test(value)) {
        return undefined;
    }
    const text = value.trim();
    return Array.from(text).length <= maxLength ? text : undefined;
}

/**
 * Validates a text of one line.
 * @param value - value of any type
 * @param maxLength - longest text, in characters
 * @returns the text, trimmed; undefined if the value is not a text, is empty or too long, or contains unprintable characters
 */
export function toLine(value: unknown, maxLength: number): string | undefined {
    if (typeof value !== "string" || unprintable.test(value)) {
        return undefined;
    }
    const line = value.trim();
    return line.length >= 1 && Array.from(line).length <= maxLength ? line : undefined;
}

/**
 * An emoji, which may contain joiners and variation selectors, or one invisible character. Built with `RegExp`, because the compile target does not support
 * the flag `v` in literals.
 */
const emojiOrInvisible = new RegExp("\\p{RGI_Emoji}|\\p{Default_Ignorable_Code_Point}", "gv");
const invisible = /^\p{Default_Ignorable_Code_Point}$/u;
/** Spaces of any width, and two symbols that are rendered as a space. */
const spaces = /[\p{Zs}\u2800\u{1d159}]+/gu;
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;
const halfCharacter = /\p{Cs}/u;

/**
 * Validates and normalizes a name that is displayed and compared, so that names which differ only in invisible characters
 * or in their kind and number of spaces become equal. Similar letters of different scripts stay different, and so do upper and lower case.
 * @param value - value of any type, from a client or an app
 * @param maxLength - longest name, in characters
 * @returns the name in the Unicode form NFC, trimmed, with single spaces and without invisible characters (except in emoji); undefined if the value is not a
 * text, is too long, contains unprintable characters or half of a surrogate pair, or has no visible character
 */
export function toName(value: unknown, maxLength: number): string | undefined {
    if (typeof value !== "string" || value.length > 10 * maxLength || unprintable.test(value) || halfCharacter.test(value)) {
        return undefined;
    }
    const shown = value.replace(emojiOrInvisible, (found) => (invisible.test(found) ? "" : found));
    const name = toLine(shown.normalize("NFC").replace(spaces, " "), maxLength);
    return name !== undefined && visible.test(name) ? name : undefined;
}
