import createDebug from "debug";
import { Subscription } from "rxjs";
import type { Observable } from "rxjs";
import type { RtcError } from "./errors/rtcError.js";
import { openDebugLog, debugLog } from "./interop/debugLog.js";
import type { DebugLogName } from "./interop/debugLog.js";
import type { IRoomSource, RoomStatus } from "./room/room.js";
import type { RtcBehavior } from "./rtc/rtcBehavior.js";
import type { RtcEvent } from "./rtc/events/rtcEvents.js";

/** Writers of the package `debug`, by namespace. */
const writers = new Map<DebugLogName, createDebug.Debugger>();

function writerOf(name: DebugLogName): createDebug.Debugger {
    const writer = writers.get(name) ?? createDebug(`babylon-rtc:${name}`);
    writers.set(name, writer);
    return writer;
}

/**
 * Writes the events of a plugin to the debug log. Loaded only if `localStorage.debug` asks for it.
 * @param plugin - the plugin
 * @returns the subscription, which the caller unsubscribes
 */
export function logPlugin({ room, rtc }: { readonly room: IRoomSource; readonly rtc: RtcBehavior }): Subscription {
    openDebugLog((name, format, ...values) => writerOf(name)(format, ...values));
    const { microphone } = rtc;
    const lines = new Subscription();
    // A stream of the app may fail. The plugin reports the error; the log only stops following that stream.
    const follow = <Value>(values$: Observable<Value>, log: (value: Value) => void): void =>
        lines.add(values$.subscribe({ next: log, error: () => undefined }));
    follow(room.status$, (status) => debugLog("room", "status: %s%s", status.state, statusDetail(status)));
    follow(rtc.connection$, (state) => debugLog("room", "connection: %s", state));
    follow(rtc.events$, (event) => debugLog("room", "event: %s%s", event.type, eventDetail(event)));
    follow(rtc.audio$, (state) => debugLog("audio", "context: %s", state));
    follow(microphone.state$, (state) =>
        debugLog("microphone", "state: %s%s", state.state, state.state === "failed" ? codeOf(state.error) : ""),
    );
    follow(microphone.deviceEvents$, (event) =>
        debugLog("microphone", "device: %s, %s", event.type, event.type === "error" ? event.reason : event.device.kind),
    );
    return lines;
}

function codeOf(error: RtcError | undefined): string {
    return error ? `: ${error.code}` : "";
}

function statusDetail(status: RoomStatus): string {
    if (status.state === "inRoom") {
        return ` ${status.room.name} (${status.room.id})${status.reconnecting === true ? ", reconnecting" : ""}`;
    }
    return status.state === "notAvailable" ? codeOf(status.error) : "";
}

/** Ids, reasons and codes of an event. Error messages and the objects behind them are left out. */
function eventDetail(event: RtcEvent): string {
    switch (event.type) {
        case "joined":
            return ` as ${event.user.id}`;
        case "left":
            return `, ${event.reason}${codeOf(event.error)}`;
        case "memberJoined":
            return `, ${event.member.id}`;
        case "memberLeft":
        case "published":
        case "unpublished":
            return `, ${event.id}, ${event.reason}`;
        case "muted":
        case "unmuted":
            return `, ${event.id}, by ${event.by}`;
        case "captureStarted":
        case "captureStopped":
            return `, ${event.id}`;
        case "connection":
            return `, ${event.state}`;
        case "warning":
        case "error":
            return `, ${event.code}`;
        default:
            return "";
    }
}
