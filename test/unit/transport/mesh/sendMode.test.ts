import { firstSendState, nextSendState } from "../../../../src/transport/mesh/sendMode.js";
import type { ISendAbilities, ISendState } from "../../../../src/transport/mesh/sendMode.js";

const all: ISendAbilities = { redundancy: true, narrowing: true };
const plain: ISendAbilities = { redundancy: false, narrowing: true };

/** Packet loss in percent, and round-trip time in milliseconds. */
type Report = readonly [number, number | null];

const good: Report = [0, 20];
const lossy: Report = [10, 20];
const full: Report = [22, 250];

const times = (count: number, report: Report): Report[] => Array.from({ length: count }, () => report);

/** The state after some reports, and the mode after each report, as its first letter. */
function after(reports: readonly Report[], abilities = all, from = firstSendState): { readonly state: ISendState; readonly modes: string } {
    let state = from;
    const modes = reports.map(([lossPercent, roundTripMs]) => {
        state = nextSendState(state, { lossPercent, roundTripMs }, abilities);
        return state.mode.charAt(0);
    });
    return { state, modes: modes.join("") };
}

describe("nextSendState", () => {
    it.each<[string, Report[], string]>([
        ["stays in full mode on a good connection", times(4, good), "ffff"],
        ["stays in full mode at low packet loss", times(4, [4, 20]), "ffff"],
        ["switches to redundant mode on packet loss without queueing delay", [good, lossy, lossy, lossy], "ffrr"],
        ["waits for a second loss report, since queueing delay may show late", [good, lossy, full], "ffn"],
        ["ignores loss reports that are not consecutive", [lossy, good, lossy, good, lossy], "fffff"],
        ["switches to redundant mode on loss if the round trip is unknown", times(2, [10, null]), "fr"],
        ["switches to narrow mode on packet loss with queueing delay", [good, full], "fn"],
        ["ignores a longer round trip without packet loss", [good, [0, 620], [1, 620]], "fff"],
        ["ignores the first round trip, however long it is", [[2, 600]], "f"],
        ["leaves redundant mode after half a minute of good reports", [lossy, lossy, ...times(7, good)], "frrrrrrrf"],
        ["leaves narrow mode after half a minute of good reports", [good, full, ...times(7, good)], "fnnnnnnnf"],
        ["restarts its count after a bad report", [good, full, ...times(5, good), [1, 150], ...times(6, good)], "fnnnnnnnnnnnnf"],
        ["leaves narrow mode despite occasional packet loss", [good, full, ...times(7, [3, 20])], "fnnnnnnnf"],
        ["stays in redundant mode while packets are lost", times(31, lossy), `f${"r".repeat(30)}`],
        ["switches from redundant to narrow mode when the loss increases", [lossy, lossy, lossy, [22, 20]], "frrn"],
        ["switches from redundant to narrow mode on queueing delay", [lossy, lossy, lossy, [12, 150]], "frrn"],
        ["switches from redundant to narrow mode at once on high loss and delay", [lossy, lossy, full], "frn"],
        ["switches from narrow to redundant mode if the delay does not decrease", [good, full, full, full, full], "fnnrr"],
        ["switches from narrow to redundant mode on packet loss without delay", [good, full, good, [6, 20]], "fnnr"],
        ["stays in narrow mode on a very slow connection", [good, [60, 300], [40, 300], ...times(9, [20, 300])], `fnn${"n".repeat(9)}`],
    ])("%s", (_, reports, modes) => {
        expect(after(reports).modes).toBe(modes);
    });

    it("compares the round trip with the shortest one of the path since the previous report", () => {
        const overloaded = { lossPercent: 22, roundTripMs: 250 };
        expect(nextSendState(firstSendState, { ...overloaded, shortestMs: 4 }, all).mode).toBe("narrow");
        expect(nextSendState(firstSendState, { ...overloaded, shortestMs: 220 }, all).mode).toBe("full");
        expect(nextSendState(firstSendState, overloaded, all).mode).toBe("full");
    });

    it("ignores the first report after a mode change, which also covers the time before it", () => {
        const changed = after([lossy, lossy]).state;
        expect(after([[50, 20]], all, changed).state).toMatchObject({ mode: "redundant", settling: false });
        expect(after([[50, 20], [50, 20]], all, changed).state.mode).toBe("narrow"); // prettier-ignore
    });

    it("never uses redundant mode if one end does not support redundancy", () => {
        expect(after([good, ...times(5, lossy)], plain).modes).toBe("ffffff");
        expect(after([good, full], plain).modes).toBe("fn");
        expect(after([good, full, full, full], plain).modes).toBe("fnnf");
    });

    it("never uses narrow mode if there is no lower bitrate", () => {
        const abilities = { redundancy: true, narrowing: false };
        expect(after([good, ...times(5, full)], abilities).modes).toBe("ffffff");
        expect(after([lossy, lossy, lossy, full], abilities).modes).toBe("frrf");
    });

    it("delays a return to redundant mode after it overloaded the connection", () => {
        const { state } = after([lossy, lossy, lossy, full]);
        const later = after(times(40, [6, 20]), all, state);
        expect(later.modes.slice(0, 10)).toBe("n".repeat(10));
        expect(later.modes).toContain("r");
    });

    it("doubles the wait before each retry, up to four minutes, and resets it after a long good period", () => {
        let state = firstSendState;
        const waits: number[] = [];
        for (let round = 0; round < 6; round++) {
            state = after([good, full], all, { ...state, settling: false }).state;
            let waited = 0;
            while (state.mode === "narrow") {
                state = after([good], all, state).state;
                waited++;
            }
            waits.push(waited);
        }
        // Each number is one higher than the patience, since the report after a change does not count.
        expect(waits).toEqual([7, 13, 25, 49, 49, 49]);
        expect(state.patience).toBe(48);
        expect(after(times(400, good), all, state).state.patience).toBe(6);
    });
});
