import { roundsTable } from "../../../tools/roundsTable.mjs";

describe("The table of rounds", () => {
    it("has a line for each round of each test that ran, with its figures", () => {
        const table = roundsTable([
            {
                tests: [
                    { fullName: "A hole ends", status: "passed" },
                    { fullName: "A long hole ends", status: "pending" },
                ],
                figures: [{ test: "A hole ends", figures: "900 of 3000 ms" }],
            },
            { tests: [{ fullName: "A hole ends", status: "failed" }], figures: [] },
            { tests: [], figures: [] },
        ]);
        expect(table).toBe("A hole ends\n    1  passed; 900 of 3000 ms\n    2  failed\n    3  not run");
    });
});
