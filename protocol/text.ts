/** Control characters, and the marks that turn the direction of writing around. */
// eslint-disable-next-line no-control-regex -- that is what it looks for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** The same, but a line may end. */
// eslint-disable-next-line no-control-regex -- that is what it looks for
const unprintableInText = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/**
 * @param value - what a client sent
 * @param maxLength - the most characters that it may have
 * @returns the text, of any number of lines, without space around it; undefined if it is no text, too long or unprintable
 */
export function toText(value: unknown, maxLength: number): string | undefined {
    if (typeof value !== "string" || unprintableInText.test(value)) {
        return undefined;
    }
    const text = value.trim();
    return Array.from(text).length <= maxLength ? text : undefined;
}

/**
 * @param value - what a client sent
 * @param maxLength - the most characters that it may have
 * @returns the text without space around it, or undefined if it is no text, empty, too long or unprintable
 */
export function toLine(value: unknown, maxLength: number): string | undefined {
    if (typeof value !== "string" || unprintable.test(value)) {
        return undefined;
    }
    const line = value.trim();
    return line.length >= 1 && Array.from(line).length <= maxLength ? line : undefined;
}

/** An emoji, which may hold joiners and selectors, or one character that is drawn as nothing. The flag is new to the target's own syntax. */
const emojiOrInvisible = new RegExp("\\p{RGI_Emoji}|\\p{Default_Ignorable_Code_Point}", "gv");
const invisible = /^\p{Default_Ignorable_Code_Point}$/u;
/** Spaces of any width, and two symbols that are drawn as one. */
const spaces = /[\p{Zs}\u2800\u{1d159}]+/gu;
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;
const halfCharacter = /\p{Cs}/u;

/**
 * A name that people see and that is compared: what looks the same for want of a visible difference becomes the same. Letters of different scripts that
 * only look alike stay different, and so do capital and small letters.
 * @param value - what a client or an app sent
 * @param maxLength - the most characters that it may have
 * @returns the name in Unicode's form NFC, with single spaces, none around it, and without characters that are drawn as nothing (except in emoji);
 * undefined if that is no text, too long or unprintable, or shows nothing
 */
export function toName(value: unknown, maxLength: number): string | undefined {
    if (typeof value !== "string" || value.length > 10 * maxLength || unprintable.test(value) || halfCharacter.test(value)) {
        return undefined;
    }
    const shown = value.replace(emojiOrInvisible, (found) => (invisible.test(found) ? "" : found));
    const name = toLine(shown.normalize("NFC").replace(spaces, " "), maxLength);
    return name !== undefined && visible.test(name) ? name : undefined;
}
