import type { IDrivenPage } from "./personPage";

/** Bitrate that a page sends over its first link, in kbit/s. Waits for the second report, since the first may still include earlier sound. */
export function sentKbpsAsync(page: IDrivenPage): Promise<number> {
    return page.evaluate(
        () =>
            new Promise<number>((resolve) => {
                const figures: number[] = [];
                const subscription = globalThis.lab.here.plugin.rtc.stats$.subscribe(({ links }) => {
                    const [link] = links.values();
                    if (typeof link?.sendKbps === "number") {
                        figures.push(link.sendKbps);
                    }
                    if (figures.length === 2) {
                        queueMicrotask(() => subscription.unsubscribe());
                        resolve(figures[1] ?? NaN);
                    }
                });
            }),
    );
}

/** Installs a processor that replaces the captured sound with a tone of 1 kHz. */
export function processToToneAsync(page: IDrivenPage): Promise<void> {
    return page.evaluate(() =>
        globalThis.lab.here.plugin.rtc.microphone.setProcessorAsync(
            globalThis.lab.frameProcessor((channels, sampleRate, state) => {
                let phase = (state.phase as number | undefined) ?? 0;
                const step = (2 * Math.PI * 1_000) / sampleRate;
                for (const channel of channels) {
                    for (let i = 0; i < channel.length; i++) {
                        channel[i] = 0.3 * Math.sin(phase + i * step);
                    }
                }
                phase += 128 * step;
                state.phase = phase % (2 * Math.PI);
            }),
        ),
    );
}

/** Expects that HRTF separates front from back like a plain PannerNode, in a scene of its own. */
export async function expectFrontAndBackAsync(page: IDrivenPage, rightHanded: boolean): Promise<void> {
    const bands = await page.evaluate((hand) => globalThis.lab.frontBackAsync(hand), rightHanded);
    console.info(bands.map((band) => JSON.stringify(band)).join("\n"));
    expect(bands).toHaveLength(2);
    for (const { plainAhead, plainBehind, voiceAhead, voiceBehind } of bands) {
        // Precondition: the bands differ between front and back.
        expect(Math.abs(Math.log(plainAhead / plainBehind))).toBeGreaterThan(Math.log(1.15));
        expect(Math.abs(voiceAhead / plainAhead - 1)).toBeLessThan(0.05);
        expect(Math.abs(voiceBehind / plainBehind - 1)).toBeLessThan(0.05);
    }
}
