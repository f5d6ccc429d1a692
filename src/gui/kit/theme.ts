/** Colours and font of the controls. Colours are CSS colours; `paper` and `speaking` must be `#rrggbb` or `#rrggbbaa`. */
export interface IGuiTheme {
    /** Text. */
    readonly ink: string;
    /** Less important text. */
    readonly faint: string;
    /** Background of panels, toasts and name plates. */
    readonly paper: string;
    /** Background of buttons. */
    readonly raised: string;
    /** Background of buttons under the pointer. */
    readonly hover: string;
    /** Borders, and tracks of sliders, switches and meters. */
    readonly line: string;
    /** Accent: main button, frame of the keyboard focus. */
    readonly accent: string;
    /** Text on `accent`. */
    readonly onAccent: string;
    /** Signs of members who speak, and the level meter. */
    readonly speaking: string;
    /** Muted, silenced, not connected, failed. */
    readonly danger: string;
    /** CSS font family list. */
    readonly font: string;
}

/** Default theme: light on dark blue-grey. Text on `paper` has a contrast of at least 7 : 1 over any scene. */
export const defaultTheme: IGuiTheme = {
    ink: "#f4f7fb",
    faint: "#b3bfcc",
    paper: "#141922f5",
    raised: "#ffffff16",
    hover: "#ffffff30",
    line: "#ffffff2b",
    accent: "#62c4ff",
    onAccent: "#06202e",
    speaking: "#5ff0b4",
    danger: "#ff8c7a",
    font: "Inter, 'Segoe UI', system-ui, -apple-system, 'DejaVu Sans', sans-serif",
};

/**
 * Completes a theme.
 * @param changes - values that replace those of `defaultTheme`
 * @returns the complete theme
 */
export function resolveTheme(changes: Partial<IGuiTheme> = {}): IGuiTheme {
    return { ...defaultTheme, ...changes };
}
