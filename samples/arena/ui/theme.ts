/** Colours of everything that is written on the screen or on plates. */
export const theme = {
    ink: "#fff4dc",
    faint: "#cbb899",
    paper: "#1d1712d9",
    paperLight: "#ffffff14",
    line: "#ffdca433",
    accent: "#ffb454",
    speaking: "#5ff0b4",
    danger: "#ff7a5c",
    font: "Inter, 'Segoe UI', system-ui, -apple-system, 'DejaVu Sans', sans-serif",
} as const;
