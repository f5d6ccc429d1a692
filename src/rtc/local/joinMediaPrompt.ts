import { Observable, Subscription } from "rxjs";
import type { RoomStatus } from "../../room/room.js";

/** Callbacks for sound and microphone. */
export interface IAsking {
    /** Starts sound. Called inside the click that enters a room. */
    readonly ask: () => void;
    /** Starts the microphone. Called when the RTC room permits publishing. */
    readonly capture: () => void;
    /** Releases the microphone. Called outside of rooms, and when the RTC room does not permit publishing. */
    readonly release: () => void;
    /** True while the microphone is on. */
    readonly isCapturing: () => boolean;
}

/**
 * Starts sound while a room is being entered, and the microphone as soon as the RTC room permits publishing. Releases the microphone outside of rooms
 * and while publishing is not permitted. Starts each of them only once until the user is outside of rooms, so that a user who denied the microphone
 * is not asked again; only a microphone that was released because publishing was not permitted starts again.
 * @param status$ - the room's status
 * @param mayPublish$ - true if the RTC room permits publishing; null while unknown
 * @param asking - callbacks for sound and microphone
 * @returns emits nothing; active while subscribed
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
                    // The user wanted the microphone on, so it starts again when publishing is permitted.
                    wanted = true;
                    release();
                }
            }),
        );
        return life;
    });
}
