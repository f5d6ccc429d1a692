import { toSettings } from "../../server/src/config/settings";
import { EventTeller, byApp } from "../../server/src/eventTeller";
import { ProtocolError } from "../../server/src/protocolError";
import type { OnServerEvent, ServerEvent } from "babylon-rtc-server";

const room = { id: "r", name: "Room" };
let now = 0;
let lines: string[] = [];
let told: ServerEvent[] = [];

function teller(onEvent: OnServerEvent = (event) => told.push(event)): EventTeller {
    const log = (_level: string, line: string): unknown => lines.push(line);
    return new EventTeller(onEvent, { ...toSettings({ development: true }), log, ticks: () => now, now: () => 5000 + now });
}

function refuse(events: EventTeller, address: string, times: number): void {
    for (let i = 0; i < times; i++) {
        events.withinRequest("guest", address, () => events.refuse(new ProtocolError("forbidden", "No.")));
    }
}

beforeEach(() => {
    [now, lines, told] = [0, [], []];
});

describe("EventTeller", () => {
    it("emits 20 refusals per address at once, then one per second with the number of omitted ones", async () => {
        const events = teller();
        refuse(events, "a", 120);
        await Promise.resolve();
        expect(told).toHaveLength(20);
        refuse(events, "b", 1);
        now = 1000;
        refuse(events, "a", 3);
        now = 2000;
        refuse(events, "a", 1);
        await Promise.resolve();
        expect(told.slice(20)).toMatchObject([
            { address: "b", omitted: 0, time: 5000 },
            { address: "a", omitted: 100, time: 6000 },
            { address: "a", omitted: 2, time: 7000 },
        ]);
    });

    it("counts the addresses of one IPv6 network, and ports of one address, as one", async () => {
        const events = teller();
        for (let i = 0; i < 30; i++) {
            refuse(events, `2001:db8::${i.toString(16)}`, 1);
            refuse(events, `192.0.2.1:${5000 + i}`, 1);
        }
        await Promise.resolve();
        expect(told).toHaveLength(40);
    });

    it("names the room of a refused request by an id of up to 128 characters, emoji included", async () => {
        const events = teller();
        const id = "\u{1F600}".repeat(128);
        for (const wanted of [id, `${id}x`]) {
            events.withinRequest("token", "a", () => {
                events.want(wanted, undefined);
                events.refuse(new ProtocolError("forbidden", "No."));
            });
        }
        await Promise.resolve();
        expect(told).toMatchObject([{ room: { id } }, { room: { id: null } }]);
    });

    it("stores at most 10,000 counts of omitted refusals", () => {
        const events = teller();
        const { _omitted: counts } = events as unknown as { readonly _omitted: Map<string, number> };
        Array.from({ length: 10_000 }, (_, i) => counts.set(`address ${i}`, 1));
        refuse(events, "newcomer", 22);
        expect([counts.size, counts.has("address 0"), counts.get("newcomer")]).toEqual([10_000, false, 2]);
    });

    it("calls `onEvent` asynchronously and in order", async () => {
        const events = teller();
        events.tell({ type: "roomCreated", room });
        events.within("", byApp, () => events.tell({ type: "roomEnded", room, reason: "empty" }));
        expect(told).toEqual([]);
        await Promise.resolve();
        expect(told.map(({ type, actor }) => [type, actor.kind])).toEqual([
            ["roomCreated", "server"],
            ["roomEnded", "app"],
        ]);
    });

    it("logs failures of `onEvent` once in ten seconds, and continues", async () => {
        let calls = 0;
        const events = teller(() => {
            calls += 1;
            throw new Error("gone");
        });
        for (now = 0; now < 15_000; now += 1000) {
            events.tell({ type: "roomCreated", room });
            await Promise.resolve();
        }
        expect(calls).toBe(15);
        expect(lines).toEqual(Array(2).fill(expect.stringContaining("onEvent failed: Error: gone")));
    });
});
