import type { IGuiTheme } from "babylon-rtc/gui";

/** Theme of the voice controls in the arena: cream on dark brown. */
export const theme: Partial<IGuiTheme> = {
    ink: "#fff4dc",
    faint: "#d6c5a8",
    paper: "#1d1712f2",
    raised: "#ffffff17",
    hover: "#ffffff33",
    line: "#ffdca438",
    accent: "#ffb454",
    onAccent: "#2b1a08",
    danger: "#ff8f73",
};
