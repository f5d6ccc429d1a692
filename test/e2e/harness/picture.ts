import { mkdirSync } from "node:fs";
import type { Locator, Page } from "playwright-core";

/** Folder of the pictures, for manual inspection. */
const folder = "test-results/pictures";

/** Screenshot of a page, stored as a file, with access to its pixels. */
export class Picture {
    private readonly _page: Page;
    private readonly _png: string;

    private constructor(page: Page, png: string) {
        this._page = page;
        this._png = png;
    }

    /**
     * Takes a screenshot.
     * @param name - name of the file in `test-results/pictures`, without extension
     */
    public static async TakeAsync(page: Page, name: string): Promise<Picture> {
        mkdirSync(folder, { recursive: true });
        const png = await page.screenshot({ path: `${folder}/${name}.png` });
        return new Picture(page, png.toString("base64"));
    }

    /**
     * @param points - positions as fractions of width and height, 0 to 1
     * @returns the colour at each point: red, green, blue and alpha, 0 to 255
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
     * @param shown - an element with text
     * @returns the WCAG contrast ratio, 1 to 21, of the lightest and the darkest pixel in the element's box; 0 if the box is not fully in the picture
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
