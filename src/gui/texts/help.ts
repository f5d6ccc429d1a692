/** Message to the player: what happened, and what they can do. */
export interface IHelp {
    readonly title: string;
    readonly advice: string;
}

/** Help with a button. */
export interface IActionHelp extends IHelp {
    /** Caption of the button. */
    readonly action: string;
}
