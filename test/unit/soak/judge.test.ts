import { grownCounts, growthPercent, highest, median } from "../../soak/harness/judge";
import { csvOf, svgOf } from "../../soak/harness/plot";
import { Random } from "../../soak/harness/random";

describe("Counts at a quiet point", () => {
    const before = [
        { "server sockets": 4, "Alice timers": 1 },
        { "server sockets": 3, "Alice timers": 2 },
    ];

    it("are reported if they are usually higher than the highest count before", () => {
        const after = [5, 4, 5].map((sockets) => ({ "server sockets": sockets, "Alice timers": 2 }));
        expect(grownCounts(before, after)).toEqual(["server sockets: 4 at most, and then usually 5"]);
    });

    it("are reported if they grow by one each time", () => {
        const growing = Array.from({ length: 6 }, (_, i) => ({ timers: 10 + i }));
        expect(grownCounts(growing.slice(0, 4), growing.slice(4))).toHaveLength(1);
    });

    it("are accepted if they are the same or lower, or higher only once", () => {
        const after = [4, 9, 4].map((sockets) => ({ "server sockets": sockets, "Alice timers": 1 }));
        expect(grownCounts(before, after)).toEqual([]);
    });

    it("are reported if they are missing, since they may have grown", () => {
        expect(grownCounts(before, [{ "server sockets": null }])).toEqual([
            "server sockets: 4 at most, and then usually missing",
            "Alice timers: 2 at most, and then usually missing",
        ]);
        expect(grownCounts([], before)).toHaveLength(2);
    });
});

describe("The highest counts", () => {
    it("are the maximum of each count over all samples", () => {
        expect(highest([{ timers: 10, sockets: null }, { timers: 12, sockets: 3 }, { timers: 11 }])).toEqual({ timers: 12, sockets: 3 });
        expect(highest([{ sockets: null }])).toEqual({ sockets: null });
    });
});

describe("Growth", () => {
    it("is the growth of the medians in percent, whatever single values are", () => {
        expect(growthPercent([10, 10, 90], [12, 11, 11])).toBeCloseTo(10);
    });

    it("ignores samples without a value", () => {
        expect(growthPercent([null, 10, 20], [null, 30])).toBeCloseTo(100);
    });

    it("is within no limit if there are no values", () => {
        expect(growthPercent([null], [1]) <= 10).toBe(false);
    });

    it("uses the mean of the two middle values of an even number of values", () => {
        expect(median([4, 1, 3, 2])).toBe(2.5);
    });
});

describe("Samples", () => {
    const samples = [
        { at: 0, figures: { sockets: 4, "heap MiB": 10.126 } },
        { at: 10, figures: { sockets: null, "heap MiB": 11 } },
        { at: 20, figures: { sockets: 8, "heap MiB": 12 } },
    ];

    it("are written as comma-separated values, with an empty cell for a missing value", () => {
        expect(csvOf(samples)).toBe("seconds,heap MiB,sockets\n0.0,10.13,4\n10.0,11,\n20.0,12,8\n");
    });

    it("are drawn as one graph per figure, with a gap for a missing value", () => {
        const svg = svgOf("A run", samples, [{ at: 10, what: "restart" }]);
        expect(svg.match(/<g transform/g)).toHaveLength(2);
        expect(svg).toContain("sockets, up to 8");
        expect(svg).toContain('d="M0.0 44.0M360.0 4.0"');
    });
});

describe("The random generator", () => {
    const some = (seed: number): readonly number[] => {
        const random = new Random(seed);
        return Array.from({ length: 1_000 }, () => random.next());
    };

    it("returns the same values for the same seed, and others for another seed", () => {
        expect(some(7)).toEqual(some(7));
        expect(some(7)).not.toEqual(some(8));
    });

    it("returns values that are evenly distributed from 0 to 1", () => {
        const values = some(7);
        expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
        expect(median(values)).toBeCloseTo(0.5, 1);
    });

    it("shuffles without losing elements", () => {
        expect(new Random(7).shuffle([1, 2, 3, 4]).toSorted()).toEqual([1, 2, 3, 4]);
    });
});
