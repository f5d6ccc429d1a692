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
} as const;

/** The icons of plate and panel. */
export type IconName = keyof typeof drawings;

/**
 * An icon as an address that an `Image` control takes; nothing is downloaded.
 * @param name - which
 * @param color - of its strokes, as CSS has it
 */
export function iconUrl(name: IconName, color: string): string {
    const svg =
        `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 24 24" fill="none" stroke="${color}" ` +
        `stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${drawings[name]}</svg>`;
    return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
