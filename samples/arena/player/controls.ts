/** Input of one frame, from keyboard, mouse or touch. */
export interface IStep {
    /** Walking to the right, -1 to 1. */
    readonly right: number;
    /** Walking forward, -1 to 1. */
    readonly forward: number;
    readonly run: boolean;
    /** Rotation to the right since the last step, in radians. */
    readonly turn: number;
    /** Downward tilt since the last step, in radians. */
    readonly nod: number;
}

/** One input method for walking and looking. */
export interface IControls {
    /** Returns the input since the last call. Must be called once per frame. */
    takeStep(): IStep;
    /** Stops listening. */
    dispose(): void;
}

/** Adds up the input of several controls, at least one. */
export function sum(steps: readonly IStep[]): IStep {
    return steps.reduce((a, b) => ({
        right: a.right + b.right,
        forward: a.forward + b.forward,
        run: a.run || b.run,
        turn: a.turn + b.turn,
        nod: a.nod + b.nod,
    }));
}
