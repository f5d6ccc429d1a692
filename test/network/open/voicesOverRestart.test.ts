import {
    endureAsync,
    expectNobodyLeft,
    expectUnbroken,
    lastingSecret,
    restartAsync,
    restarts,
    usualSilenceMsAsync,
} from "../harness/fault";
import { People } from "../harness/people";
import type { Name } from "../harness/testimony";

const four: readonly Name[] = ["Alice", "Bob", "Carol", "Dave"];
let people: People;

beforeAll(async () => {
    people = await People.StartAsync(four, { secret: lastingSecret });
});

afterAll(() => people.closeAsync());

describe("The voices of four people whose server ends, and is there again 2 s later", () => {
    it.each(restarts)(
        "%s: go on without a gap",
        async (title, signal, next) => {
            let usual = 0;
            const outcome = await endureAsync(people, `server ${title}`, four, 5_000, async () => {
                usual = await usualSilenceMsAsync(people, four);
                return await restartAsync(people, signal, next);
            });
            expectUnbroken(outcome, four, usual);
            for (const name of next === lastingSecret ? four : []) {
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
