import type { IRoomService, IRoomSource } from "../../index.js";

/** @returns the same as what can list and enter rooms; null for an app's own rooms */
export function roomServiceOf(room: IRoomSource): IRoomService | null {
    return "listAsync" in room ? (room as IRoomService) : null;
}
