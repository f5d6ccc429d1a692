import { Person } from "../../test/e2e/page/index.js";

/** The way to the first sound, in milliseconds. */
export interface IFirstSound {
    /** From `joinAsync` until the room's status is `inRoom`: a guest's identity, the reservation, the socket, the welcome. */
    readonly room: number;
    /** The request for the grant. */
    readonly token: number;
    /** From the grant until the RTC room has let us in and PeerJS begins: reservation, socket, welcome. */
    readonly rtcRoom: number;
    /** From `new Peer` until something is heard: what a bare PeerJS call is compared with. */
    readonly sound: number;
    /** All of it, from `joinAsync`. */
    readonly all: number;
}

/** Joins a room in which somebody speaks, and takes the times. */
export async function firstSoundAsync(server: string, room: string, name: string): Promise<IFirstSound> {
    const person = await Person.CreateAsync({ server, name, voice: 650, spatial: { panningModel: "equalpower" } });
    let peer = NaN;
    const { WebSocket } = globalThis;
    // PeerJS opens its socket inside `new Peer`.
    globalThis.WebSocket = class extends WebSocket {
        constructor(url: string | URL, protocols?: string | string[]) {
            super(url, protocols);
            if (String(url).includes("/peerjs?")) {
                peer = performance.now();
            }
        }
    };
    let inRoom = NaN;
    const watch = person.plugin.room.status$.subscribe(({ state }) => {
        if (state === "inRoom") {
            inRoom = performance.now();
        }
    });
    const begin = performance.now();
    const joining = person.joinAsync(room);
    await person.ears.untilAsync({ ear: "both", above: 0.005 });
    const end = performance.now();
    globalThis.WebSocket = WebSocket;
    const error = await joining;
    watch.unsubscribe();
    if (error !== null) {
        throw new Error(`could not join: ${error}`);
    }
    const [token] = performance.getEntriesByType("resource").filter((entry) => new URL(entry.name).pathname.endsWith("/token"));
    if (!token) {
        throw new Error("the browser took no times of the token request");
    }
    return {
        room: inRoom - begin,
        token: token.duration,
        rtcRoom: peer - (token.startTime + token.duration),
        sound: end - peer,
        all: end - begin,
    };
}

/** Stands in a room and hums, for others to hear. */
export async function humAsync(server: string, room: string): Promise<void> {
    const person = await Person.CreateAsync({ server, name: "Hummer", voice: 440 });
    const error = await person.joinAsync(room);
    if (error !== null) {
        throw new Error(`could not join: ${error}`);
    }
}
