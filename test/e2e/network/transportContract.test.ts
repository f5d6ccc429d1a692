import type { Page } from "playwright-core";
import { issueGrantAsync } from "../../../server/src/tokens/grants";
import { mediaPlaneContract } from "../../unit/transport/mediaPlaneContract";
import { voiceTransportContract } from "../../unit/transport/voiceTransportContract";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const secret = "a secret of the tests, 32 bytes and more";

describe("The PeerJS mesh in Chromium", () => {
    let suite: ISuite;
    let page: Page;

    beforeAll(async () => {
        suite = await startSuiteAsync({ server: { secret } });
        page = await suite.context.newPage();
        await page.exposeFunction("issueGrantAsync", (room: string, user: string, publish: boolean, subscribe: boolean) =>
            issueGrantAsync({
                room,
                user: { id: user, name: user.toUpperCase() },
                privileges: [...(publish ? (["publish"] as const) : []), ...(subscribe ? (["subscribe"] as const) : [])],
                secret,
            }),
        );
        await page.goto(suite.server.url);
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it.each(voiceTransportContract.map(({ name }) => name))("satisfies the transport contract: %s", async (name) => {
        await page.evaluate(([check, server]) => globalThis.lab.tryContractAsync(check, server), [name, suite.server.url] as const);
    });

    it.each(mediaPlaneContract.map(({ name }) => name))("satisfies the media plane contract: %s", async (name) => {
        await page.evaluate(([check, server]) => globalThis.lab.tryPlaneContractAsync(check, server), [name, suite.server.url] as const);
    });
});
