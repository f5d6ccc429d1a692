import { RtcError } from "../errors/rtcError.js";

/**
 * Loads a part of this library that does not come with the page.
 * @param load - imports it; written out where it is used, so that bundlers see what
 * @returns the part; rejects with `serverUnreachable` if it cannot be had. A later try loads it again.
 */
export async function onDemandAsync<Part>(load: () => Promise<Part>): Promise<Part> {
    try {
        return await load();
    } catch (cause) {
        throw new RtcError("serverUnreachable", "A part of voice chat could not be loaded. Check the connection, then try again.", {
            cause,
        });
    }
}
