/** Options of a test browser. */
export interface IBrowserOptions {
    /** Allows playback without a user gesture, as most tests need. Default: true. */
    readonly autoplay?: boolean;
    /** Grants pages a (fake, beeping) microphone without a permission prompt. Default: true. */
    readonly microphone?: boolean;
    /** WAV file that the fake microphone plays instead of beeps. */
    readonly microphoneFile?: string;
    /** Sound server whose devices are used instead of Chromium's fake devices. */
    readonly soundServer?: { readonly env: Readonly<Record<string, string>> };
    /** Throttles background pages, as a user's browser does. Default: false, because tests measure in pages that are never in the foreground. */
    readonly throttling?: boolean;
    /** Additional flags. */
    readonly args?: readonly string[];
}

export const chromiumPlaces: readonly string[];
export function chromiumFlags(options?: IBrowserOptions): string[];
