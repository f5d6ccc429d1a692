import { describe } from "../../log.js";
import { withTimeoutAsync } from "../../util/withTimeout.js";
import type { ISettings } from "../../config/settings.js";
import type { IPersonOfRoom } from "../../config/serverOptions.js";

const maxWaitMs = 10_000;

/**
 * Asks the app.
 * @param settings - the server's
 * @param owner - the owner of a room
 * @param user - who wants to come in
 * @returns whether they are friends; false if the app cannot say
 */
export async function isFriendAsync(settings: ISettings, owner: IPersonOfRoom, user: IPersonOfRoom): Promise<boolean> {
    try {
        const answer: unknown = await withTimeoutAsync(Promise.resolve(settings.isFriend?.({ owner, user })), maxWaitMs);
        return answer === true;
    } catch (error) {
        settings.log("error", `isFriend failed: ${describe(error)}`);
        return false;
    }
}
