import { endureAsync, expectNobodyLeft } from "../harness/fault";
import { People } from "../harness/people";
import type { Name } from "../harness/testimony";

const both: readonly [Name, Name] = ["Alice", "Bob"];
let people: People;

beforeAll(async () => {
    people = await People.StartAsync(["Alice", "Bob", "Carol"]);
});

afterAll(() => people.closeAsync());

describe("An address that changes, as from Wi-Fi to mobile", () => {
    it("is heard again within 3 s, and hears", async () => {
        // The server takes up to 12 s to miss the old connection: that must put out nobody.
        const outcome = await endureAsync(
            people,
            "address change",
            both,
            3_000,
            async () => {
                people.of("Alice").host.readdress();
                return Date.now();
            },
            14_000,
        );
        expectNobodyLeft(outcome, "Bob", ["Alice"]);
    }, 180_000);
});

describe("The state of the voice of a member to whom there is no path", () => {
    it("says so, and that of others does not", async () => {
        const all: readonly Name[] = ["Alice", "Bob", "Carol"];
        await people.meetAsync("Alice", "Carol");
        await people.openAsync(...all);
        await people.network.relay.blockAsync([{ a: people.of("Alice").host.address, b: people.of("Bob").host.address, protocol: "udp" }]);
        for (const name of all) {
            expect(await people.of(name).page.join("state of a path")).toBeNull();
        }
        for (const name of both) {
            const other = name === "Alice" ? "Bob" : "Alice";
            await people.of(name).page.until(`report.errors.includes("linkFailed")`, 20_000);
            const heard = await people.testimonyAsync(name);
            expect(heard.valuesOf("voices").at(-1)).toEqual([expect.stringMatching(new RegExp(`^${other} \\(.+\\)$`)), "Carol"].toSorted());
        }
        await people.network.relay.blockAsync([]);
    }, 180_000);
});
