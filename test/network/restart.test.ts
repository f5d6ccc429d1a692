import { endureAsync, lastingSecret, restartAsync, restarts } from "./harness/fault";
import { People } from "./harness/people";
import type { Name } from "./harness/testimony";

const four: readonly Name[] = ["Alice", "Bob", "Carol", "Dave"];
let people: People;

beforeAll(async () => {
    people = await People.StartAsync(four, { secret: lastingSecret });
});

afterAll(() => people.closeAsync());

describe("A server that ends while four people talk, and is there again 2 s later", () => {
    it.each(restarts)(
        "%s: within 5 s all are in and hear all",
        async (title, signal, next) => {
            await endureAsync(people, `server ${title}`, four, 5_000, () => restartAsync(people, signal, next));
        },
        180_000,
    );
});
