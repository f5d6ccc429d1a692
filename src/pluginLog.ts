import createDebug from "debug";
import { Subscription } from "rxjs";
import type { RtcError } from "./errors/rtcError.js";
import { openDebugLog, debugLog } from "./interop/debugLog.js";
import type { DebugLogName } from "./interop/debugLog.js";
import type { IRoomSource } from "./room/room.js";
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
    lines.add(
        room.status$.subscribe((status) => {
            const place =
                status.state === "inRoom"
                    ? ` ${status.room.name} (${status.room.id})${status.reconnecting === true ? ", reconnecting" : ""}`
                    : "";
            const error = status.state === "notAvailable" ? told(status.error) : "";
            debugLog("room", "status: %s%s%s", status.state, place, error);
        }),
    );
    lines.add(rtc.connection$.subscribe((state) => debugLog("room", "connection: %s", state)));
    lines.add(rtc.events$.subscribe((event) => debugLog("room", "event: %s%s", event.type, detailOf(event))));
    lines.add(rtc.audio$.subscribe((state) => debugLog("audio", "context: %s", state)));
    lines.add(
        microphone.state$.subscribe((state) =>
            debugLog("microphone", "state: %s%s", state.state, state.state === "failed" ? told(state.error) : ""),
        ),
    );
    lines.add(
        microphone.deviceEvents$.subscribe((event) =>
            debugLog("microphone", "device: %s, %s", event.type, event.type === "error" ? event.reason : event.device.kind),
        ),
    );
    return lines;
}

function told(error: RtcError | undefined): string {
    return error ? `: ${error.code}` : "";
}

/** Ids, reasons and codes of an event. Error messages and the objects behind them are left out. */
function detailOf(event: RtcEvent): string {
    switch (event.type) {
        case "joined":
            return ` as ${event.user.id}`;
        case "left":
            return `, ${event.reason}${told(event.error)}`;
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
