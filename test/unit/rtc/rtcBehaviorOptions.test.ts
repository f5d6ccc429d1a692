import { checkStatisticsInterval } from "../../../src/rtc/rtcBehaviorOptions.js";
import { thrownBy } from "../../fakes/thrownBy.js";

describe("checkStatisticsInterval", () => {
    it("is 2 s by default", () => {
        expect(checkStatisticsInterval()).toBe(2_000);
    });

    it.each([0, 99, -1, NaN, Infinity, 3_600_001])("rejects %p with invalidArgument", (interval) => {
        expect(thrownBy(() => checkStatisticsInterval(interval))).toMatchObject({ code: "invalidArgument" });
    });
});
