import { mediaPlaneContract } from "./mediaPlaneContract.js";
import type { IPlaneContractRoom } from "./mediaPlaneContract.js";

/**
 * Creates a Jest test for every check of the contract of planes.
 * @param name - name of the plane, as the title of the tests
 * @param makeRoom - creates a room without members
 */
export function describeMediaPlane(name: string, makeRoom: () => IPlaneContractRoom): void {
    describe(name, () => {
        it.each(mediaPlaneContract)("$name", async ({ run }) => {
            await run(makeRoom());
        });
    });
}
