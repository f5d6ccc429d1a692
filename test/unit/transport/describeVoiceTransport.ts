import { voiceTransportContract } from "./voiceTransportContract.js";
import type { IContractRoom } from "./voiceTransportContract.js";

/**
 * Creates a Jest test for every check of the contract of transports.
 * @param name - name of the transport, as the title of the tests
 * @param makeRoomAsync - creates an RTC room without members
 */
export function describeVoiceTransport(name: string, makeRoomAsync: () => Promise<IContractRoom>): void {
    describe(name, () => {
        for (const { name: title, run } of voiceTransportContract) {
            it(title, async () => {
                await run(await makeRoomAsync());
            });
        }
    });
}
