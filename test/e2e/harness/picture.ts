import { mkdirSync } from "node:fs";
import type { Locator, Page } from "playwright-core";

/** Where pictures are kept, to be looked at. */
const folder = "test-results/pictures";

/** A picture of what a page shows, kept as a file, whose pixels can be asked for. */
export class Picture {
    private readonly _page: Page;
    private readonly _png: string;

    private constructor(page: Page, png: string) {
        this._page = page;
        this._png = png;
    }

    /**
     * Takes one.
     * @param name - of the file in `test-results/pictures`, without its ending
     */
    public static async TakeAsync(page: Page, name: string): Promise<Picture> {
        mkdirSync(folder, { recursive: true });
        const png = await page.screenshot({ path: `${folder}/${name}.png` });
        return new Picture(page, png.toString("base64"));
    }

    /**
     * @param points - as parts of width and height, 0 to 1
     * @returns the colour at each: red, green, blue, 0 to 255
     */
    public async colorsAsync(points: readonly (readonly [number, number])[]): Promise<readonly (readonly number[])[]> {
        return await this._page.evaluate(
            async ([png, wanted]) => {
                const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
                const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
                context?.drawImage(image, 0, 0);
                return wanted.map(([x, y]) => [
                    ...(context?.getImageData(Math.floor(x * (image.width - 1)), Math.floor(y * (image.height - 1)), 1, 1).data ?? []),
                ]);
            },
            [this._png, points] as const,
        );
    }

    /**
     * @param shown - something with a text in it
     * @returns how much the lightest and the darkest pixels in its box differ: WCAG's contrast ratio, 1 to 21; 0 if it lies outside of the picture
     */
    public async contrastAsync(shown: Locator): Promise<number> {
        const box = await shown.boundingBox();
        return await this._page.evaluate(
            async ([png, part]) => {
                const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
                if (!part || part.x < 0 || part.y < 0 || part.x + part.width > image.width || part.y + part.height > image.height) {
                    return 0;
                }
                const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
                context?.drawImage(image, 0, 0);
                const { data } = context?.getImageData(part.x, part.y, part.width, part.height) ?? { data: [] };
                const linear = (channel = 0): number => {
                    const value = channel / 255;
                    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
                };
                let [darkest, lightest] = [1, 0];
                for (let index = 0; index < data.length; index += 4) {
                    const light = 0.2126 * linear(data[index]) + 0.7152 * linear(data[index + 1]) + 0.0722 * linear(data[index + 2]);
                    darkest = Math.min(darkest, light);
                    lightest = Math.max(lightest, light);
                }
                return (lightest + 0.05) / (darkest + 0.05);
            },
            [this._png, box] as const,
        );
    }
}
