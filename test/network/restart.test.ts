import { endureAsync, expectNobodyLeft, expectUnbroken, lastingSecret, restartAsync, restarts } from "./harness/fault";
import { People } from "./harness/people";
import { ServerProcess } from "./harness/serverProcess";
import type { Name } from "./harness/testimony";

const four: readonly Name[] = ["Alice", "Bob", "Carol", "Dave"];
let people: People;

beforeAll(async () => {
    people = await People.StartAsync(four, { secret: lastingSecret });
});

afterAll(() => people.closeAsync());

describe("A server that restarts after 2 s while four members talk", () => {
    it.each(restarts)(
        "%s: within 5 s all are in and hear all; voices continue, nobody leaves, and SIGTERM is announced",
        async (title, signal, next, newConnections) => {
            await people.gatherAsync(four);
            const outcome = await endureAsync(people, {
                title: `server ${title}`,
                names: four,
                backMs: 5_000,
                isUnbroken: true,
                // A starting server takes a whole core, which can disturb the voices. Starting another one before measures how much.
                prepareAsync: async () => {
                    const another = new ServerProcess(people.serverHost, 9_001);
                    await another.startAsync();
                    await another.stopAsync("SIGKILL");
                },
                faultAsync: () => restartAsync(people, signal, next),
            });
            expectUnbroken(outcome, newConnections);
            four.forEach((name) =>
                expectNobodyLeft(
                    outcome,
                    name,
                    four.filter((each) => each !== name),
                ),
            );
            for (const name of signal === "SIGTERM" ? four : []) {
                const errors = outcome.heard[name]?.valuesOf("error", outcome.begin) ?? [];
                expect(errors).toContainEqual(expect.stringMatching(/^serverStopping: /));
            }
        },
        400_000,
    );
});
