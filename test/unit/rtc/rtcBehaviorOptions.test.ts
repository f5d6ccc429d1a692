import { checkStatisticsInterval } from "../../../src/rtc/rtcBehaviorOptions.js";
import { thrownBy } from "../../fakes/thrownBy.js";

describe("checkStatisticsInterval", () => {
    it("is 2 s where nothing is said", () => {
        expect(checkStatisticsInterval()).toBe(2_000);
    });

    it.each([0, 99, -1, NaN, Infinity, 3_600_001])("refuses %p with invalidArgument", (interval) => {
        expect(thrownBy(() => checkStatisticsInterval(interval))).toMatchObject({ code: "invalidArgument" });
    });
});
