import { onDemandAsync } from "../../interop/onDemand.js";
import type * as InRoom from "./inRoom.js";

/**
 * Loads the code that works inside a room.
 * @returns the module; rejects with `serverUnreachable`. A later call tries again.
 */
export function loadInRoomAsync(): Promise<typeof InRoom> {
    return onDemandAsync(() => import("./inRoom.js"));
}
