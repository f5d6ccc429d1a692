import { plateScale, plateVisibility, shortened } from "../../../../src/gui/avatar/namePlate.js";

describe("A name plate", () => {
    it("shortens a name only if it does not fit, and never within a character", () => {
        const narrow = (words: string): boolean => words.length <= 20;
        expect(shortened("Bartholomew the Old", narrow)).toBe("Bartholomew the Old");
        expect(shortened("Bartholomew the Elder", narrow)).toBe("Bartholomew the Eld…");
        const smiles = "🙂".repeat(12);
        expect(shortened(smiles, narrow)).toBe(`${"🙂".repeat(9)}…`);
        expect(shortened("Alice", () => false)).toBe("A…");
    });

    it("has the same apparent size from 2 to 20 m", () => {
        const inTheEye = [2, 5, 10, 20].map((distance) => plateScale(distance, 22) / distance);
        for (const size of inTheEye) {
            expect(size).toBeCloseTo(inTheEye[0] ?? NaN, 9);
        }
    });

    it("is no larger at 1 m than at 2 m, so that it fits into the view", () => {
        expect(plateScale(1, 22)).toBe(plateScale(2, 22));
    });

    it("is fully visible up to 20 m and culled from 22 m on", () => {
        expect([1, 10, 20].map((distance) => plateVisibility(distance, 22))).toEqual([1, 1, 1]);
        expect(plateVisibility(21, 22)).toBe(0.5);
        expect([22, 22.1, 500].map((distance) => plateVisibility(distance, 22))).toEqual([0, 0, 0]);
    });
});
