// Usual paths of Chromium browsers, and the flags that tests and bench start Chromium with.

/** Usual paths of Chromium-based browsers. The first existing one is used. */
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
 * Flags for a headless browser without GPU and background traffic, by default with Chromium's fake media devices.
 * @param {import("./chromium.d.mts").IBrowserOptions} options - options of the browser
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
