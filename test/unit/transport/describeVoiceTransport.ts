import { voiceTransportContract } from "./voiceTransportContract.js";
import type { IContractRoom } from "./voiceTransportContract.js";

/**
 * Makes a Jest test of every check of the contract.
 * @param name - of the transport
 * @param makeRoomAsync - makes an RTC room that nobody has entered yet
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
