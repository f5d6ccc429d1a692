import { defaultTheme } from "../../../../src/gui/kit/theme.js";

type Color = readonly [red: number, green: number, blue: number];

/** Channels of `#rrggbb` or `#rrggbbaa`, 0 to 255, over a background. */
function painted(hex: string, below: Color): Color {
    const [red = 0, green = 0, blue = 0, alpha = 255] = (hex.match(/[\da-f]{2}/gi) ?? []).map((pair) => parseInt(pair, 16));
    const over = (channel: number, under: number): number => under + ((channel - under) * alpha) / 255;
    return [over(red, below[0]), over(green, below[1]), over(blue, below[2])];
}

/** Relative luminance, see https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(color: Color): number {
    const [red = 0, green = 0, blue = 0] = color.map((channel) => {
        const value = channel / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Color, other: Color): number {
    const [least = 0, most = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (most + 0.05) / (least + 0.05);
}

describe("The default theme", () => {
    const { paper, accent, onAccent } = defaultTheme;
    const scenes = { white: [255, 255, 255], black: [0, 0, 0] } as const;

    it.each(["ink", "faint", "accent", "speaking", "danger"] as const)(
        "has a contrast of 7 : 1 or more for %s on paper, over any scene",
        (name) => {
            for (const scene of Object.values(scenes)) {
                const background = painted(paper, scene);
                expect(contrast(painted(defaultTheme[name], background), background)).toBeGreaterThanOrEqual(7);
            }
        },
    );

    it("has a contrast of 7 : 1 or more for text on the accent colour", () => {
        const background = painted(accent, scenes.black);
        expect(contrast(painted(onAccent, background), background)).toBeGreaterThanOrEqual(7);
    });
});
