import type { GuidePage } from "./guidePage";
import { GuideRun, type IGuideRunOptions } from "./guideRun";

/**
 * What a guide's code must do, once it runs. Each guide has a test file of its name, and a browser of its own.
 * @param name - the guide's file in `docs/guides`, without `.md`
 * @param tests - declares the tests; the function that it gets is asked for the run inside of tests
 * @param options - what the browser may do
 */
export function describeGuide(name: string, tests: (run: () => GuideRun) => void, options: IGuideRunOptions = {}): void {
    describe(`The guide ${name}`, () => {
        let started: GuideRun | undefined;
        beforeAll(async () => {
            started = await GuideRun.StartAsync(name, options);
        });
        afterAll(async () => {
            await started?.closeAsync();
        });
        tests(() => {
            if (!started) {
                throw new Error(`The guide ${name} runs in tests only, not while they are declared.`);
            }
            return started;
        });
    });
}

/**
 * Waits until two pages are in the same room and each hears the other.
 * @param rtc - the expression that is a page's `RtcBehavior`
 */
export async function hearEachOtherAsync(pages: readonly GuidePage[], rtc = "guide.plugin.rtc"): Promise<void> {
    for (const page of pages) {
        await page.until(`latest(${rtc}.voices$).size === 1`);
        await page.until(`heard(${rtc})`);
    }
}
