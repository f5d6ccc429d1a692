import { Observable } from "rxjs";
import type { RoomStatus } from "../room/room.js";

/**
 * Asks for sound and microphone while entering a room, inside the click that does it, and lets go of the microphone outside of rooms. Asks
 * once from there to there: whoever has just denied the microphone is not asked again.
 * @param status$ - the room's
 * @param ask - called while entering
 * @param release - called outside of rooms
 * @returns emits nothing; subscribed, it follows
 */
export function askOnEntering$(status$: Observable<RoomStatus>, ask: () => void, release: () => void): Observable<never> {
    return new Observable((subscriber) => {
        let asked = false;
        return status$.subscribe({
            next: ({ state }) => {
                if (state === "idle" || state === "notAvailable") {
                    asked = false;
                    release();
                } else if (!asked) {
                    asked = true;
                    ask();
                }
            },
            error: (error: unknown) => subscriber.error(error),
            complete: () => subscriber.complete(),
        });
    });
}
