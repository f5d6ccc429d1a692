import { Observable, Subscription } from "rxjs";
import type { RoomStatus } from "../../room/room.js";

/** The microphone that is asked for and released. */
export interface IAsking {
    /** Called while entering a room, inside the click that does it: for sound. */
    readonly ask: () => void;
    /** Called when it is known that we may publish: for the microphone. */
    readonly capture: () => void;
    /** Called outside of rooms, and when we may not publish: lets go of the microphone. */
    readonly release: () => void;
    /** True while the microphone is on. */
    readonly isCapturing: () => boolean;
}

/**
 * Asks for sound while entering a room, for the microphone as soon as the RTC room lets us publish, and lets go of the microphone outside of
 * rooms and while we may not. Asks once for each stay in a room: whoever has just denied the microphone is not asked again.
 * @param status$ - the room's
 * @param mayPublish$ - whether the RTC room lets us publish; null while that is not known
 * @param asking - what is asked for
 * @returns emits nothing; subscribed, it follows
 */
export function joinMediaPrompt$(
    status$: Observable<RoomStatus>,
    mayPublish$: Observable<boolean | null>,
    { ask, capture, release, isCapturing }: IAsking,
): Observable<never> {
    return new Observable((subscriber) => {
        const life = new Subscription();
        let asked = false;
        let wanted = false;
        life.add(
            status$.subscribe({
                next: ({ state }) => {
                    if (state === "idle" || state === "notAvailable") {
                        asked = false;
                        release();
                    } else if (!asked) {
                        asked = true;
                        wanted = true;
                        ask();
                    }
                },
                error: (error: unknown) => subscriber.error(error),
                complete: () => subscriber.complete(),
            }),
        );
        life.add(
            mayPublish$.subscribe((mayPublish) => {
                if (mayPublish === true && wanted) {
                    wanted = false;
                    capture();
                } else if (mayPublish === false && isCapturing()) {
                    // It was on by their will, so it comes on again when they may.
                    wanted = true;
                    release();
                }
            }),
        );
        return life;
    });
}
