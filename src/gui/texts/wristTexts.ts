/** What the menu on the wrist says; what it has in common with the bar is said there. */
export interface IWristTexts {
    /** Its name for screen readers. */
    readonly label: string;
    /** The button that brings the panel. */
    readonly panel: string;
    /** What the meter shows. */
    readonly level: string;
}

/** In English. */
export const wristTexts: IWristTexts = {
    label: "Menu on your wrist",
    panel: "Panel",
    level: "Level of your voice",
};
