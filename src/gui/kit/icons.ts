const drawings = {
    microphone: '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>',
    microphoneOff: '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3M4 3l16 18"/>',
    speaker: '<path d="M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11"/>',
    speakerOff: '<path d="M4 9v6h4l5 4V5L8 9zM16.5 9.5l5 5M21.5 9.5l-5 5"/>',
    headset: '<path d="M4 14v-2a8 8 0 0 1 16 0v2M4 13h3v6H5a1 1 0 0 1-1-1zM20 13h-3v6h2a1 1 0 0 0 1-1z"/>',
    headsetOff: '<path d="M4 14v-2a8 8 0 0 1 16 0v2M4 13h3v6H5a1 1 0 0 1-1-1zM20 13h-3v6h2a1 1 0 0 0 1-1zM3 3l18 18"/>',
    leave: '<path d="M10 4H5v16h5M14 8l4 4-4 4M18 12H9"/>',
    list: '<path d="M4 7h16M4 12h16M4 17h16"/>',
    goggles: '<path d="M3 8h18v9h-6l-3-3-3 3H3z"/>',
    down: '<path d="M6 9l6 6 6-6"/>',
    up: '<path d="M6 15l6-6 6 6"/>',
    close: '<path d="M6 6l12 12M18 6L6 18"/>',
    check: '<path d="M4 13l5 5L20 6"/>',
    lock: '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    key: '<circle cx="8" cy="15" r="4"/><path d="M11 12l8-8M15.5 7.5l3 3"/>',
    door: '<path d="M5 21V4a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v17M3 21h18M12.5 12v1"/>',
    refresh: '<path d="M20 12a8 8 0 1 1-2.3-5.6L20 8.5M20 4v4.5h-4.5"/>',
    unlinked: '<path d="M9 8H7a4 4 0 0 0 0 8h2M15 8h2a4 4 0 0 1 0 8h-2M4 4l16 16"/>',
    plus: '<path d="M12 5v14M5 12h14"/>',
    panel: '<rect x="4" y="4" width="16" height="16" rx="3"/><path d="M8 9h8M8 13h8M8 17h4"/>',
    removeMember: '<circle cx="10" cy="8" r="4"/><path d="M3 20a7 7 0 0 1 14 0M17 8h5"/>',
    gear: '<circle cx="12" cy="12" r="3.2"/><path d="M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M18.4 5.6l-2.1 2.1M7.7 16.3l-2.1 2.1"/>',
} as const;

/** Names of the controls' icons. */
export type IconName = keyof typeof drawings;

/**
 * Creates a data URL of an icon, for an `Image` control.
 * @param name - name of the icon
 * @param color - CSS colour of the strokes
 */
export function iconUrl(name: IconName, color: string): string {
    return svgUrl(24, `fill="none" stroke="${color}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"`, drawings[name]);
}

/**
 * Creates a data URL of four signal bars, as on a phone.
 * @param bars - number of lit bars, 0 to 4
 * @param color - CSS colour of the lit bars
 * @param unlit - CSS colour of the other bars
 */
export function barsUrl(bars: number, color: string, unlit: string): string {
    const rects = [0, 1, 2, 3].map((i) => {
        const height = 6 + 4 * i;
        return `<rect x="${1.5 + 5.6 * i}" y="${21 - height}" width="4" height="${height}" rx="1.2" fill="${i < bars ? color : unlit}"/>`;
    });
    return svgUrl(24, "", rects.join(""));
}

function svgUrl(size: number, attributes: string, content: string): string {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 ${size} ${size}" ${attributes}>${content}</svg>`;
    return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
