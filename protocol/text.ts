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
