import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { drawnTransitions } from "./connectionDiagrams.js";

const read = (path: string): string => readFileSync(resolve(path), "utf8");

/** States in a diagram of the document, sorted. */
function drawnStates(name: Parameters<typeof drawnTransitions>[0]): readonly string[] {
    return [...new Set(drawnTransitions(name).flatMap((transition) => transition.split(" --> ")))].sort();
}

describe("docs/connection.md", () => {
    it("draws the states of a room as they are in the code", () => {
        const states = [...read("src/room/room.ts").matchAll(/readonly state: "(\w+)"/g)].map(([, state = ""]) => state);
        expect(states).toHaveLength(4);
        expect(drawnStates("status$")).toEqual([...states, "reconnecting"].sort());
    });

    it("draws the states of the voice connection as they are in the code", () => {
        const union = /export type VoiceConnectionState = ([^;]+);/.exec(read("src/rtc/rtcBehaviorOptions.ts"))?.[1] ?? "";
        const more = union.includes("ConnectionState")
            ? /export type ConnectionState = ([^;]+);/.exec(read("src/transport/voiceTransport.ts"))?.[1]
            : "";
        const states = [...`${union} ${more ?? ""}`.matchAll(/"(\w+)"/g)].map(([, state = ""]) => state);
        expect(states.length).toBeGreaterThan(3);
        expect(drawnStates("connection$")).toEqual([...new Set(states)].sort());
    });

    it("draws the states of a link to a member as they are in the code", () => {
        const union = /export type VoiceLink = ([^;]+);/.exec(read("src/transport/voiceTransport.ts"))?.[1] ?? "";
        expect(drawnStates("link")).toEqual([...union.matchAll(/"(\w+)"/g)].map(([, state = ""]) => state).sort());
    });

    it("names the same timeouts as the code", () => {
        const text = read("docs/connection.md");
        expect(read("src/interop/serverRoom.ts")).toContain("silenceMs = 12_000");
        expect(read("server/src/config/settings.ts")).toContain("options.graceSeconds ?? 20");
        expect(read("server/src/config/settings.ts")).toContain("options.reloadSeconds ?? 5");
        expect([text.includes("silent for 12 s"), text.includes("20 s"), text.includes("`reloadSeconds` (5 s")]).toEqual([
            true,
            true,
            true,
        ]);
    });
});
