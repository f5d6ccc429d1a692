import { mediaPlaneContract } from "./mediaPlaneContract.js";
import type { IPlaneContractRoom } from "./mediaPlaneContract.js";

/**
 * Makes a Jest test of every check of the planes' contract.
 * @param name - of the plane
 * @param makeRoom - makes a room that nobody is in yet
 */
export function describeMediaPlane(name: string, makeRoom: () => IPlaneContractRoom): void {
    describe(name, () => {
        it.each(mediaPlaneContract)("$name", async ({ run }) => {
            await run(makeRoom());
        });
    });
}
