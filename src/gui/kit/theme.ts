/** Colours and font of everything that the controls draw. Colours as CSS has them. */
export interface IGuiTheme {
    /** Text. */
    readonly ink: string;
    /** Text that is less important. */
    readonly faint: string;
    /** Background of panels, toasts and name plates. */
    readonly paper: string;
    /** Buttons on it. */
    readonly raised: string;
    /** Buttons under the pointer. */
    readonly hover: string;
    /** Edges. */
    readonly line: string;
    /** Accent: the main button, the keyboard's focus. */
    readonly accent: string;
    /** Text on `accent`. */
    readonly onAccent: string;
    /** Whoever speaks. */
    readonly speaking: string;
    /** Muted, silenced, put out. */
    readonly danger: string;
    /** As CSS has it. */
    readonly font: string;
}

/** Light on a dark blue grey; every text on paper has a contrast of 7 : 1 or more over whatever scene. */
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
    danger: "#ff8a78",
    font: "Inter, 'Segoe UI', system-ui, -apple-system, 'DejaVu Sans', sans-serif",
};

/**
 * @param changes - what shall be other than in `defaultTheme`
 * @returns the whole theme
 */
export function resolveTheme(changes: Partial<IGuiTheme> = {}): IGuiTheme {
    return { ...defaultTheme, ...changes };
}
