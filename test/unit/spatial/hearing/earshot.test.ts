import { isInEarshot } from "../../../../src/spatial/hearing/earshot.js";

const listener = { x: 10, y: 1, z: -5 };
const at = (distance: number): { x: number; y: number; z: number } => ({ x: 10 + distance * 0.6, y: 1, z: -5 - distance * 0.8 });

test.each([
    ["near", true, 1, true],
    ["just within", true, 39.99, true],
    ["just beyond", true, 40.01, false],
    ["beyond, and was before", false, 41, false],
    ["back within the limit, but not far enough", false, 39, false],
    ["back far enough within the limit", false, 37.9, true],
    ["far away", true, 1e9, false],
])("isInEarshot: %s", (_name, was, distance, is) => {
    expect(isInEarshot(was, listener, at(distance), 40)).toBe(is);
});

test("isInEarshot does not toggle on small moves to and fro across the limit", () => {
    let is = true;
    const changes = [39.9, 40.1, 39.9, 40.1, 39.9, 37, 39.9].map((distance) => (is = isInEarshot(is, listener, at(distance), 40)));
    expect(changes).toEqual([true, false, false, false, false, true, true]);
});
