/** What a browser of the tests may do. */
export interface IBrowserOptions {
    /** Whether sound may start without a click, as in most tests. Default: true. */
    readonly autoplay?: boolean;
    /** Whether pages get a microphone without being asked (a fake one, which beeps). Default: true. */
    readonly microphone?: boolean;
    /** A WAV file that the fake microphone plays instead of beeps. */
    readonly microphoneFile?: string;
    /** A sound server whose devices are used, in place of Chromium's fakes. */
    readonly soundServer?: { readonly env: Readonly<Record<string, string>> };
    /** Whether pages that nobody sees are slowed down, as at a user's. Default: false, since tests measure in pages that are never in front. */
    readonly throttling?: boolean;
    /** More flags. */
    readonly args?: readonly string[];
}

export const chromiumPlaces: readonly string[];
export function chromiumFlags(options?: IBrowserOptions): string[];
