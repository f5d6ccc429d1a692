import { firstSendState, nextSendState } from "../../../../src/transport/mesh/sendMode.js";
import type { ISendAbilities, ISendState } from "../../../../src/transport/mesh/sendMode.js";

const all: ISendAbilities = { redundancy: true, narrowing: true };
const plain: ISendAbilities = { redundancy: false, narrowing: true };

/** Loss in percent, round trip in milliseconds. */
type Report = readonly [number, number | null];

const good: Report = [0, 20];
const lossy: Report = [10, 20];
const full: Report = [22, 250];

const times = (count: number, report: Report): Report[] => Array.from({ length: count }, () => report);

/** The state after some reports, and the modes on the way to it. */
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
        ["sends in full on a good line", times(4, good), "ffff"],
        ["sends in full at a little loss", times(4, [4, 20]), "ffff"],
        ["sends twice where packets get lost and none wait", [good, lossy, lossy, lossy], "ffrr"],
        ["waits for a second report of loss, since a queue may show late", [good, lossy, full], "ffn"],
        ["does not count reports of loss with good ones in between", [lossy, good, lossy, good, lossy], "fffff"],
        ["sends twice where nothing is known of the round trip", times(2, [10, null]), "fr"],
        ["goes down where a queue grows and packets get lost", [good, full], "fn"],
        ["does nothing about a longer way alone", [good, [0, 620], [1, 620]], "fff"],
        ["does nothing about the first round trip, however long it is", [[2, 600]], "f"],
        ["takes half a minute of good reports until it sends in full again", [lossy, lossy, ...times(7, good)], "frrrrrrrf"],
        ["takes as long after a queue", [good, full, ...times(7, good)], "fnnnnnnnf"],
        ["begins to count anew after a bad report", [good, full, ...times(5, good), [1, 150], ...times(6, good)], "fnnnnnnnnnnnnf"],
        ["goes back from a low rate although a packet is lost now and then", [good, full, ...times(7, [3, 20])], "fnnnnnnnf"],
        ["goes on sending twice while packets get lost", times(31, lossy), `f${"r".repeat(30)}`],
        ["goes down where the line cannot carry what is sent twice", [lossy, lossy, lossy, [22, 20]], "frrn"],
        ["goes down where what is sent twice makes a queue", [lossy, lossy, lossy, [12, 150]], "frrn"],
        ["goes down at once where that is plain", [lossy, lossy, full], "frn"],
        ["takes a queue that a low rate does not shorten for a longer way, and sends twice", [good, full, full, full, full], "fnnrr"],
        ["sends twice where a low rate has emptied the queue and packets still get lost", [good, full, good, [6, 20]], "fnnr"],
        ["stays down on a line that is too narrow even so", [good, [60, 300], [40, 300], ...times(9, [20, 300])], `fnn${"n".repeat(9)}`],
    ])("%s", (_, reports, modes) => {
        expect(after(reports).modes).toBe(modes);
    });

    it("takes no notice of the report after a change, which is about the time before, too", () => {
        const changed = after([lossy, lossy]).state;
        expect(after([[50, 20]], all, changed).state).toMatchObject({ mode: "redundant", settling: false });
        expect(after([[50, 20], [50, 20]], all, changed).state.mode).toBe("narrow"); // prettier-ignore
    });

    it("sends nothing twice where one end does not know how", () => {
        expect(after([good, ...times(5, lossy)], plain).modes).toBe("ffffff");
        expect(after([good, full], plain).modes).toBe("fn");
        expect(after([good, full, full, full], plain).modes).toBe("fnnf");
    });

    it("does not go down where there is no lower rate", () => {
        const abilities = { redundancy: true, narrowing: false };
        expect(after([good, ...times(5, full)], abilities).modes).toBe("ffffff");
        expect(after([lossy, lossy, lossy, full], abilities).modes).toBe("frrf");
    });

    it("does not try again soon what the line could not carry", () => {
        const { state } = after([lossy, lossy, lossy, full]);
        const later = after(times(40, [6, 20]), all, state);
        expect(later.modes.slice(0, 10)).toBe("n".repeat(10));
        expect(later.modes).toContain("r");
    });

    it("waits twice as long before each further try, four minutes at most, and less after a good time", () => {
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
        // Each number includes one extra report: the report after the change does not count.
        expect(waits).toEqual([7, 13, 25, 49, 49, 49]);
        expect(state.patience).toBe(48);
        expect(after(times(400, good), all, state).state.patience).toBe(6);
    });
});
