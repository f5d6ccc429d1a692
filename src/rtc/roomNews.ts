import { NEVER, catchError, filter } from "rxjs";
import type { MonoTypeOperatorFunction } from "rxjs";
import { checkOptions } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";
import type { IRoomMember, RoomStatus } from "../room/room.js";

/** Throws `invalidArgument` for an invalid room status. */
export function checkStatus(status: RoomStatus): void {
    const isIn = (status as RoomStatus | undefined)?.state === "inRoom";
    checkOptions(status, isIn ? "room.id!=string self.id!=string" : "state!=idle|processing|notAvailable", "status$ ");
}

/** Throws `invalidArgument` for a value that is not a map of members by id. */
export function checkMembers(members: ReadonlyMap<string, IRoomMember>): void {
    checkOptions(members, "get! has! forEach!", "members$ ");
    members.forEach((member) => checkOptions(member, "id!=string", "members$ "));
}

/**
 * Follows a stream of the app. Skips invalid values, and emits nothing more after an error of the stream, so that faults of the app do not stop the
 * voices.
 * @param check - throws for an invalid value
 * @param onError - called for each invalid value, and for an error of the stream
 */
export function fromApp<T>(check: (value: T) => void, onError: (error: RtcError) => void): MonoTypeOperatorFunction<T> {
    const tell = (cause: unknown): void => onError(RtcError.From(cause, "unknown", "status$ or members$ of `rooms` failed."));
    return (source$) =>
        source$.pipe(
            filter((value) => {
                try {
                    check(value);
                    return true;
                } catch (error) {
                    tell(error);
                    return false;
                }
            }),
            catchError((cause: unknown) => {
                tell(cause);
                return NEVER;
            }),
        );
}
