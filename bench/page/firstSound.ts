import { BareCall } from "../../test/pages/lab/bareCall.js";
import { Person } from "../../test/pages/lab/index.js";
import { World } from "../../test/pages/lab/world.js";
import { Milestones, type IMilestones } from "./milestones.js";

type PanningModel = "HRTF" | "equalpower";

/** Durations on the way to the first sound, in milliseconds. */
export interface IFirstSound extends IMilestones {
    /** From `joinAsync` until the room's status is `inRoom`: identity, seat reservations, socket, welcome message. */
    readonly room: number;
    /** From `inRoom` until PeerJS opens its socket. Negative if PeerJS starts before `inRoom`. */
    readonly rtcRoom: number;
    /** From `joinAsync` to the first sound. */
    readonly join: number;
}

/** Joins a room in which another member speaks, and measures the durations. */
export async function firstSoundAsync(server: string, room: string, name: string, panningModel: PanningModel): Promise<IFirstSound> {
    const person = await Person.CreateAsync({ server, name, voice: 650, canvas: true, spatial: { panningModel } });
    await person.world.framesAsync(30);
    const milestones = new Milestones();
    let inRoom = NaN;
    const watch = person.plugin.room.status$.subscribe(({ state }) => {
        if (state === "inRoom") {
            inRoom = performance.now();
        }
    });
    const begin = performance.now();
    const joining = person.joinAsync(room);
    await person.ears.untilAsync({ ear: "both", above: 0.005 });
    const heard = performance.now();
    const error = await joining;
    watch.unsubscribe();
    if (error !== null) {
        throw new Error(`could not join: ${error}`);
    }
    return {
        ...milestones.until(heard, inRoom),
        room: inRoom - begin,
        rtcRoom: milestones.peer - inRoom,
        join: heard - begin,
    };
}

/** Calls a listening peer with PeerJS alone, in a page that renders the same scene as ours, and measures the durations. */
export async function bareFirstSoundAsync(port: number, id: string, other: string): Promise<IMilestones> {
    const world = await World.CreateAsync({ canvas: true });
    await world.framesAsync(30);
    const milestones = new Milestones();
    await BareCall.CallAsync(port, id, 650, other);
    return milestones.until(performance.now());
}

/** Joins a room and sends a continuous tone. */
export async function humAsync(server: string, room: string, panningModel: PanningModel): Promise<void> {
    const person = await Person.CreateAsync({ server, name: "Hummer", voice: 440, canvas: true, spatial: { panningModel } });
    const error = await person.joinAsync(room);
    if (error !== null) {
        throw new Error(`could not join: ${error}`);
    }
}

/** Answers PeerJS calls with a continuous tone. */
export async function listenAsync(port: number, id: string): Promise<void> {
    await BareCall.ListenAsync(port, id, 440);
}
