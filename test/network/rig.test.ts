import { readFileSync } from "node:fs";
import { People } from "./harness/people";
import type { IPerson } from "./harness/people";
import { pitch } from "./harness/testimony";
import type { Name } from "./harness/testimony";

const both: readonly [Name, Name] = ["Alice", "Bob"];
let people: People;

/** RTP packets from Bob that Alice's browser counts as received and lost. */
async function packetsAsync({ page }: IPerson): Promise<{ readonly came: number; readonly lost: number }> {
    return await page.page.evaluate(async () => {
        const { here } = globalThis.lab;
        const facts = (await here.insides.session.statisticsAsync?.())?.get(here.idOf("Bob"));
        return { came: facts?.packetsReceived ?? NaN, lost: facts?.packetsLost ?? NaN };
    });
}

beforeAll(async () => {
    people = await People.StartAsync(both);
});

afterAll(() => people.closeAsync());

describe("Two members on separate hosts", () => {
    it("reach each other and the server only through the relay", async () => {
        await people.gatherAsync(both);
        const alice = people.of("Alice");
        const before = await packetsAsync(alice);
        await alice.host.holeAsync(1_000);
        const after = await packetsAsync(alice);
        // At 50 packets per second, a second path would deliver 50 during the hole. Up to 30 may arrive just before and after it.
        expect(after.came - before.came).toBeLessThan(30);
        // The host has one device besides loopback. Its routes are the subnet, and a default route to an unused address.
        expect(alice.host.run("ip", "-brief", "link").trim().split("\n")).toHaveLength(2);
        expect(alice.host.run("ip", "route")).toMatch(/^default via 10\.88\.0\.254 dev n\S+ \n10\.88\.0\.0\/24 /);
    });

    it("keep their other connections when one is reset", async () => {
        await people.gatherAsync(both);
        const { host } = people.of("Alice");
        const flows = await host.flowsToAsync(people.serverHost);
        const signalling = flows.filter(({ request }) => request.includes("/peerjs?"));
        expect(signalling).toHaveLength(1);
        expect(host.cutTcp(signalling.map(({ port }) => port))).toBe(1);
        const portsAsync = async (): Promise<readonly number[]> => (await host.flowsToAsync(people.serverHost)).map(({ port }) => port);
        let left = await portsAsync();
        // The relay sees the reset a moment later.
        for (const end = Date.now() + 5_000; left.includes(signalling[0]?.port ?? NaN) && Date.now() < end;) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            left = await portsAsync();
        }
        expect(left).not.toContain(signalling[0]?.port);
        expect(flows.filter(({ port, request }) => request.includes("sessionId=") && left.includes(port))).toHaveLength(2);
    });

    it("lose the configured share of packets, and hear each other without a gap of 200 ms", async () => {
        await people.gatherAsync(both);
        const alice = people.of("Alice");
        await alice.host.impairAsync({ down: { loss: 10 } });
        const [before, begin] = [await packetsAsync(alice), Date.now()];
        await new Promise((resolve) => setTimeout(resolve, 8_000));
        const after = await packetsAsync(alice);
        const lost = after.lost - before.lost;
        const share = lost / (lost + after.came - before.came);
        const heard = await people.testimonyAsync("Alice");
        console.info(`${(100 * share).toFixed(1)} % lost; longest gap ${heard.longestGapMs(pitch.Bob, begin)} ms`);
        // 10 % of about 400 packets, with a margin of four standard deviations on each side.
        expect(share).toBeGreaterThan(0.04);
        expect(share).toBeLessThan(0.16);
        expect(heard.longestGapMs(pitch.Bob, begin)).toBeLessThan(200);
    });

    it("do not hear each other during an interruption of 5 s, but again after it", async () => {
        await people.gatherAsync(both);
        const begin = Date.now();
        const end = await people.of("Alice").host.holeAsync(5_000);
        const heard = await people.untilSteadyAsync(both, 20_000);
        for (const each of heard) {
            const other = each.name === "Alice" ? pitch.Bob : pitch.Alice;
            const longest = each.gaps(other, begin).toSorted((a, b) => b.ms - a.ms)[0];
            console.info(each.tell(begin, { [each.name === "Alice" ? "Bob" : "Alice"]: other }));
            // The concealment of the first lost packets fades out within half a second.
            expect(longest?.ms).toBeGreaterThan(4_000);
            expect(longest?.to).toBeGreaterThan(end - 100);
            expect((longest?.to ?? Infinity) - end).toBeLessThan(2_000 + 2 * people.coldJoinMs);
        }
    });

    it("get a new address, and detect when they are offline", async () => {
        await people.gatherAsync(both);
        const { host, page } = people.of("Alice");
        const before = host.address;
        host.readdress("abruptly");
        expect(host.address).not.toBe(before);
        expect(host.run("ip", "-brief", "address")).toContain(`${host.address}/24`);
        expect(await page.page.evaluate(() => navigator.onLine)).toBe(true);
        host.unplug();
        await page.page.waitForFunction(() => !navigator.onLine);
        host.plug();
        await page.page.waitForFunction(() => navigator.onLine);
    });
});

describe("The test network", () => {
    it("leaves no process and no device behind when it is closed", async () => {
        const closed = await People.StartAsync(["Carol"]);
        const processes = [...closed.network.host("Carol").processes(), ...closed.serverHost.processes()];
        expect(processes.length).toBeGreaterThan(2);
        const alive = (): readonly number[] => processes.filter((pid) => isAlive(pid));
        expect(alive()).toEqual(processes);
        await closed.closeAsync();
        for (const end = performance.now() + 10_000; alive().length > 0 && performance.now() < end;) {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        expect(alive()).toEqual([]);
        const devices = readFileSync("/proc/net/dev", "utf8");
        expect(devices).not.toContain(`n${process.pid.toString(36)}x`);
    });
});

/** @returns false for a process that has exited, reaped or not */
function isAlive(pid: number): boolean {
    try {
        return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
        return false;
    }
}
