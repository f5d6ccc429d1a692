/** What to tell a person: what happened, and what they can do. */
export interface IHelp {
    readonly title: string;
    readonly advice: string;
}

/** Help with a button. */
export interface IActionHelp extends IHelp {
    /** What the button says. */
    readonly action: string;
}
