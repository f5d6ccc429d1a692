import { endureAsync, expectNobodyLeft, expectUnbroken } from "./harness/fault";
import type { IOutcome } from "./harness/fault";
import { isLong, People } from "./harness/people";
import { pitch } from "./harness/testimony";
import type { Name } from "./harness/testimony";

/** A pair of members. The second one joins later, and therefore makes the call. */
type Pair = readonly [Name, Name];

const both: Pair = ["Alice", "Bob"];
const others: Pair = ["Carol", "Dave"];
let people: People;

beforeAll(async () => {
    people = await People.StartAsync([...both, ...others]);
    // Measures the join without faults, the baseline of all limits.
    await people.gatherAsync(both, others);
}, 120_000);

afterAll(() => people.closeAsync());

/** Waits for a number of milliseconds. */
const lasting = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Purpose = "room" | "rtc" | "signalling";

/** The latest open TCP connection of Alice's page, by its purpose. The request line shows the purpose. */
async function flowsAsync(): Promise<Readonly<Record<Purpose, { readonly port: number; readonly at: number } | undefined>>> {
    const { host, page } = people.of("Alice");
    const rtcRoom = await page.page.evaluate(() => {
        const { room } = globalThis.lab.here.insides as unknown as { readonly room: { readonly _room: { readonly roomId: string } } };
        return room._room.roomId;
    });
    const flows = await host.flowsToAsync(people.serverHost);
    const isRtc = (request: string): boolean => request.includes(`/${rtcRoom}?`);
    return {
        signalling: flows.findLast(({ request }) => request.includes("/peerjs?")),
        rtc: flows.findLast(({ request }) => isRtc(request)),
        room: flows.findLast(({ request }) => request.includes("sessionId=") && !isRtc(request)),
    };
}

describe.each(["room", "rtc", "signalling"] as const)("The %s socket", (which) => {
    it("reconnects within 1 s of a cut, without a silence of 60 ms in the voices", async () => {
        let resumedMs = NaN;
        await people.gatherAsync(both);
        const outcome = await endureAsync(people, {
            title: `${which} socket cut`,
            names: both,
            backMs: 1_000,
            isUnbroken: true,
            prepareAsync: () => lasting(2_000),
            faultAsync: async () => {
                const { [which]: before } = await flowsAsync();
                const begin = Date.now();
                expect(people.of("Alice").host.cutTcp([before?.port ?? NaN])).toBe(1);
                for (const end = begin + 10_000; Number.isNaN(resumedMs) && Date.now() < end;) {
                    await lasting(20);
                    const { [which]: next } = await flowsAsync();
                    resumedMs = next && next.at >= begin ? next.at - begin : NaN;
                }
                return begin;
            },
        });
        expectUnbroken(outcome);
        expectNobodyLeft(outcome, "Bob", ["Alice"]);
        expectNobodyLeft(outcome, "Alice", ["Bob"]);
        expect(outcome.heard.Alice?.valuesOf("room", outcome.begin)).toEqual([]);
        expect(resumedMs).toBeLessThan(1_000 + 2 * people.coldJoinMs);
        expect(Object.values(await flowsAsync())).not.toContain(undefined);
    });
});

/** A fault of one member's host or network. Another pair of members has another fault at the same time, which saves time. */
interface IHostFault {
    readonly title: string;
    readonly backMs: number;
    readonly watchMs?: number;
    /** Which member of the pair has the fault: 0 = who is called, 1 = who calls. */
    readonly index: 0 | 1;
    /** Causes the fault. Returns its end, in milliseconds since 1970. */
    readonly faultAsync: (name: Name) => Promise<number>;
    /** Further expectations. */
    readonly check?: (outcome: IOutcome, name: Name, other: Name) => void;
}

/** The network drops everything. */
function hole(seconds: number): IHostFault {
    return {
        title: `network interruption of ${seconds} s`,
        backMs: 2_000,
        index: 0,
        faultAsync: (name) => people.of(name).host.holeAsync(seconds * 1_000),
        check: ({ heard, end }, name) => {
            // During the interruption, the page reports the lost connection.
            const said = heard[name]?.states.filter(({ what, at }) => what === "connection" && at < end).map(({ value }) => value);
            expect(said).toContain("reconnecting");
        },
    };
}

/** The system has no network, and the browser says so. */
function offline(seconds: number): IHostFault {
    return {
        title: `offline for ${seconds} s`,
        backMs: 2_000,
        index: 0,
        faultAsync: async (name) => {
            const { host, page } = people.of(name);
            host.unplug();
            await lasting(seconds * 1_000);
            host.plug();
            await page.page.waitForFunction(() => navigator.onLine, undefined, { polling: 10 });
            return Date.now();
        },
        check: (outcome, name, other) => {
            if (seconds < 20) {
                expectNobodyLeft(outcome, other, [name]);
            }
            expect(outcome.heard[name]?.valuesOf("room", outcome.begin)).not.toContain("notAvailable unauthorized");
            expect(outcome.heard[name]?.valuesOf("error", outcome.begin).join()).not.toMatch(/unauthorized|removed|banned/);
        },
    };
}

/** The address changes, as from Wi-Fi to mobile. */
function addressChange(how: "abruptly" | "smoothly", whose: "who was called" | "who called"): IHostFault {
    return {
        title: `address change, ${how}, of ${whose}`,
        backMs: 3_000,
        // The server takes up to 12 s to detect that the old connection is lost. When it does, it must not remove the member.
        watchMs: 14_000,
        index: whose === "who called" ? 1 : 0,
        faultAsync: (name) => {
            people.of(name).host.readdress(how);
            return Promise.resolve(Date.now());
        },
        check: (outcome, name, other) => expectNobodyLeft(outcome, other, [name]),
    };
}

/** The machine sleeps. */
function sleep(seconds: number): IHostFault {
    return {
        title: `sleep of ${seconds} s`,
        backMs: 3_000,
        index: 0,
        faultAsync: async (name) => {
            const { host } = people.of(name);
            host.signal("SIGSTOP");
            await lasting(seconds * 1_000);
            host.signal("SIGCONT");
            return Date.now();
        },
    };
}

/** The downlink has little bandwidth. */
function slowDownlink(seconds: number): IHostFault {
    let grades: readonly (string | undefined)[] = [];
    return {
        title: `${seconds} s of 50 kbit/s down`,
        backMs: 2_000,
        index: 0,
        faultAsync: async (name) => {
            const { host, page } = people.of(name);
            // Statistics are loaded on demand, which the slow line could delay by more than the test takes.
            await page.page.evaluate(
                () =>
                    new Promise<void>((resolve) => {
                        const watching = globalThis.lab.here.plugin.rtc.stats$.subscribe(() => {
                            queueMicrotask(() => watching.unsubscribe());
                            resolve();
                        });
                    }),
            );
            await host.impairAsync({ down: { rateKbps: 50, queueMs: 300 } });
            grades = await page.page.evaluate(
                (ms) =>
                    new Promise<(string | undefined)[]>((resolve) => {
                        const seen: (string | undefined)[] = [];
                        const watching = globalThis.lab.here.plugin.rtc.stats$.subscribe(({ links }) =>
                            seen.push([...links.values()][0]?.quality),
                        );
                        setTimeout(() => {
                            watching.unsubscribe();
                            resolve(seen);
                        }, ms);
                    }),
                seconds * 1_000,
            );
            await host.mendAsync();
            return Date.now();
        },
        check: (outcome, name, other) => {
            const { heard, begin, limits } = outcome;
            expectNobodyLeft(outcome, other, [name]);
            expect(heard[name]?.valuesOf("room", begin)).toEqual([]);
            // The voices degrade until the sender has lowered its rate. The member whose downlink is slow may miss the other for up to a second. The other
            // may miss that member for half a second: ICE stops sending while the answers to its checks get lost.
            expect(heard[name]?.longestGapMs(pitch[other], begin)).toBeLessThan(limits.longMs);
            expect(heard[other]?.longestGapMs(pitch[name], begin)).toBeLessThan(limits.longMs - 500);
            // Skip the first three grades: link figures need two polls, and the congestion takes a few seconds to build up.
            expect(grades.length).toBeGreaterThan(seconds / 4);
            expect(grades.slice(3)).not.toContain("excellent");
            expect(grades.slice(3)).not.toContain(undefined);
        },
    };
}

async function endureHostFaultAsync([first, second]: Pair, { index, faultAsync, check, ...limits }: IHostFault): Promise<void> {
    const [name, other] = index === 0 ? [first, second] : [second, first];
    const outcome = await endureAsync(people, { ...limits, names: [first, second], faultAsync: () => faultAsync(name) });
    check?.(outcome, name, other);
}

describe("Both members of a pair hear each other again within the limit, without help, after", () => {
    it.each(
        [
            [hole(20), slowDownlink(isLong ? 60 : 20)],
            [hole(12), sleep(isLong ? 30 : 12)],
            [addressChange("abruptly", "who was called"), addressChange("abruptly", "who called")],
            [addressChange("smoothly", "who was called"), offline(6)],
            ...(isLong ? [[hole(60), offline(60)] as const] : []),
        ].map(([first, second]) => [first.title, second.title, first, second] as const),
    )(
        "%s; and another pair, after %s",
        async (_first, _second, first, second) => {
            await people.gatherAsync(both, others);
            const all = [endureHostFaultAsync(both, first), endureHostFaultAsync(others, second)];
            // If one fails, the other one also ends before the next test.
            await Promise.allSettled(all);
            await Promise.all(all);
        },
        240_000,
    );
});

describe("Two members with no path between them, and no TURN server", () => {
    it("get linkFailed within 10 s, hear all others, and hear each other once there is a path", async () => {
        const all: readonly Name[] = ["Alice", "Bob", "Carol"];
        await people.openAsync(...all);
        await people.network.relay.blockAsync([{ a: people.of("Alice").host.address, b: people.of("Bob").host.address, protocol: "udp" }]);
        const begin = Date.now();
        for (const name of all) {
            expect(await people.of(name).page.join("dead path")).toBeNull();
        }
        const limitMs = 10_000 + 2 * people.coldJoinMs;
        for (const name of ["Alice", "Bob"] as const) {
            const other = name === "Alice" ? "Bob" : "Alice";
            await people.untilHearsAsync(name, "Carol", 10_000);
            await people.of(name).page.until(`report.errors.includes("linkFailed")`, limitMs + 8_000);
            const heard = await people.testimonyAsync(name);
            const told = heard.states.find(({ what, value }) => what === "error" && String(value).startsWith("linkFailed"));
            expect(String(told?.value)).toMatch(new RegExp(`${other}.*TURN`));
            expect((told?.at ?? Infinity) - begin).toBeLessThan(limitMs);
            expect(heard.valuesOf("voices").at(-1)).toEqual([`${other} (no path)`, "Carol"].toSorted());
        }
        await people.network.relay.blockAsync([]);
        await people.untilAllHearAsync(all, 20_000);
        for (const name of ["Alice", "Bob"] as const) {
            const heard = await people.testimonyAsync(name);
            expect(heard.valuesOf("voices").at(-1)).toEqual(all.filter((each) => each !== name));
        }
    }, 180_000);
});
