import { endureAsync } from "./harness/fault";
import { People } from "./harness/people";
import type { Name } from "./harness/testimony";

const four: readonly Name[] = ["Alice", "Bob", "Carol", "Dave"];
const secret = "a secret that lasts over a restart";
let people: People;

beforeAll(async () => {
    people = await People.StartAsync(four, { secret });
});

afterAll(() => people.closeAsync());

describe("A server that ends while four people talk, and is there again 2 s later", () => {
    it.each([
        ["killed", "SIGKILL", secret],
        ["killed, with another secret", "SIGKILL", "another secret, as random ones are"],
        ["ended by SIGTERM", "SIGTERM", secret],
    ] as const)(
        "%s: within 5 s all are in and hear all",
        async (title, signal, next) => {
            await endureAsync(people, `server ${title}`, four, 5_000, async () => {
                await people.server.stopAsync(signal);
                await new Promise((resolve) => setTimeout(resolve, 2_000));
                await people.restartServerAsync({ secret: next });
                return Date.now();
            });
        },
        180_000,
    );
});
