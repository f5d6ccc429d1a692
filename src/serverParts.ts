import { ServerIdentity } from "./room/serverIdentity.js";
import type { IRtcUser } from "./room/serverIdentity.js";
import { ServerRoomService } from "./room/serverRoomService.js";
import { serverGrants } from "./rtc/connection/grantSource.js";
import type { GrantSource } from "./rtc/connection/grantSource.js";

/** What a plugin has of our server, beside its transport. */
export interface IServerParts {
    /** Its rooms, for whoever has none of their own; the plugin disposes them. */
    readonly rooms: ServerRoomService | null;
    readonly token: GrantSource;
}

/**
 * Loaded when a plugin is made, not with the page.
 * @param server - the server's address
 * @param user - who the local user is. Throws `invalidArgument` for a name that no guest can have.
 * @param hasRooms - whether its rooms are wanted
 */
export function serverParts(server: string, user: IRtcUser, hasRooms: boolean): IServerParts {
    const identity = new ServerIdentity(server, user);
    return { rooms: hasRooms ? new ServerRoomService(server, user, identity) : null, token: serverGrants(server, identity) };
}
