import type { GuidePage } from "./guidePage";
import { GuideRun, type IGuideRunOptions } from "./guideRun";

/**
 * Declares tests of a guide's running code. They are in the test file that has the guide's name. Each call has a browser of its own.
 * @param name - the guide's file in `docs/guides`, without `.md`
 * @param tests - declares the tests; its argument returns the run, and may be called only inside tests and hooks
 * @param options - permissions and devices of the browser
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
 * Waits until each of two pages is in a room with one other member and hears that member.
 * @param rtc - expression for a page's `RtcBehavior`
 */
export async function hearEachOtherAsync(pages: readonly GuidePage[], rtc = "guide.plugin.rtc"): Promise<void> {
    for (const page of pages) {
        await page.until(`latest(${rtc}.voices$).size === 1`);
        await page.until(`heard(${rtc})`);
    }
}
