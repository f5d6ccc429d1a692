import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const read = (path: string): string => readFileSync(resolve(path), "utf8");

/** States in each diagram of the document. */
const drawn = [...read("docs/connection.md").matchAll(/stateDiagram-v2\n([^`]+)/g)].map(([, text = ""]) => {
    const states = [...text.matchAll(/^ +(\S+) --> (\w+)/gm)].flatMap(([, from = "", to = ""]) => [from, to]);
    return new Set(states.filter((state) => state !== "[*]"));
});

describe("docs/connection.md", () => {
    it("draws the states of a room as they are in the code", () => {
        const states = [...read("src/room/room.ts").matchAll(/readonly state: "(\w+)"/g)].map(([, state = ""]) => state);
        expect(states).toHaveLength(4);
        expect([...(drawn[0] ?? [])].sort()).toEqual([...states, "reconnecting"].sort());
    });

    it("draws the states of the voice connection as they are in the code", () => {
        const union = /export type VoiceConnectionState = ([^;]+);/.exec(read("src/rtc/rtcBehaviorOptions.ts"))?.[1] ?? "";
        const more = union.includes("ConnectionState")
            ? /export type ConnectionState = ([^;]+);/.exec(read("src/transport/voiceTransport.ts"))?.[1]
            : "";
        const states = [...`${union} ${more ?? ""}`.matchAll(/"(\w+)"/g)].map(([, state = ""]) => state);
        expect(states.length).toBeGreaterThan(3);
        expect([...(drawn[1] ?? [])].sort()).toEqual([...new Set(states)].sort());
    });

    it("draws the states of a link to a member as they are in the code", () => {
        const union = /export type VoiceLink = ([^;]+);/.exec(read("src/transport/voiceTransport.ts"))?.[1] ?? "";
        expect([...(drawn[2] ?? [])].sort()).toEqual([...union.matchAll(/"(\w+)"/g)].map(([, state = ""]) => state).sort());
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
