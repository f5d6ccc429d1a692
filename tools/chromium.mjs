// Finds a Chromium, and names the flags that tests and bench start it with.

/** Paths of browsers of the Chromium family; the first that exists is used. */
export const chromiumPlaces = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/**
 * Headless, without GPU, without background traffic; media devices are Chromium's own fakes.
 * @param {import("./chromium.d.mts").IBrowserOptions} options - what the browser may do
 * @returns {string[]} the flags
 */
export function chromiumFlags(options = {}) {
    return [
        "--headless=new",
        "--no-sandbox",
        "--use-gl=angle",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--mute-audio",
        ...(options.throttling
            ? []
            : ["--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding"]),
        ...(options.soundServer ? [] : ["--use-fake-device-for-media-stream"]),
        ...(options.microphoneFile === undefined ? [] : [`--use-file-for-fake-audio-capture=${options.microphoneFile}`]),
        ...(options.microphone === false ? [] : ["--use-fake-ui-for-media-stream"]),
        ...(options.autoplay === false ? [] : ["--autoplay-policy=no-user-gesture-required"]),
        ...(options.args ?? []),
    ];
}
