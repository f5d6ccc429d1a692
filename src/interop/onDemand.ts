import { RtcError } from "../errors/rtcError.js";

/**
 * Loads a part of this library on demand.
 * @param load - calls `import()`; the caller writes the `import()` itself, so that bundlers see the target
 * @returns the part; rejects with `serverUnreachable` if loading fails. A later call calls `load` again. That can succeed if a bundler loads the
 * file (as webpack does), or in a browser that does not cache a failed native `import()` (Firefox from 155). In other browsers it fails until the
 * page is reloaded (https://github.com/whatwg/html/pull/10327).
 */
export async function onDemandAsync<Part>(load: () => Promise<Part>): Promise<Part> {
    try {
        return await load();
    } catch (cause) {
        throw new RtcError("serverUnreachable", "Part of voice chat could not be loaded. Check the connection, then reload the page.", {
            cause,
        });
    }
}
