import { endureAsync, expectNobodyLeft, expectUnbroken, usualSilenceMsAsync } from "../harness/fault";
import { People } from "../harness/people";
import type { Name } from "../harness/testimony";

const four: readonly Name[] = ["Alice", "Bob", "Carol", "Dave"];
const secret = "a secret that lasts over a restart";
let people: People;

beforeAll(async () => {
    people = await People.StartAsync(four, { secret });
});

afterAll(() => people.closeAsync());

describe("The voices of four people whose server ends, and is there again 2 s later", () => {
    it.each([
        ["killed", "SIGKILL", secret],
        ["killed, with another secret", "SIGKILL", "another secret, as random ones are"],
        ["ended by SIGTERM", "SIGTERM", secret],
    ] as const)(
        "%s: go on without a gap",
        async (title, signal, next) => {
            let usual = 0;
            const outcome = await endureAsync(people, `server ${title}`, four, 5_000, async () => {
                usual = await usualSilenceMsAsync(people, four);
                await people.server.stopAsync(signal);
                await new Promise((resolve) => setTimeout(resolve, 2_000));
                await people.restartServerAsync({ secret: next });
                return Date.now();
            });
            expectUnbroken(outcome, four, usual);
            for (const name of next === secret ? four : []) {
                expectNobodyLeft(
                    outcome,
                    name,
                    four.filter((each) => each !== name),
                );
            }
        },
        180_000,
    );
});
