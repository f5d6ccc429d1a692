/** Input of keyboard, mouse or touch. */
export interface IStep {
    /** To the right, -1 to 1. */
    readonly right: number;
    /** Forward, -1 to 1. */
    readonly forward: number;
    readonly run: boolean;
    /** Turn to the right since the last step, in radians. */
    readonly turn: number;
    /** Look down since the last step, in radians. */
    readonly nod: number;
}

/** One way to walk and look. */
export interface IControls {
    /** Input since the last call; call it once a frame. */
    takeStep(): IStep;
    /** Stops listening. */
    dispose(): void;
}

/** Several hands at once. */
export function sum(steps: readonly IStep[]): IStep {
    return steps.reduce((a, b) => ({
        right: a.right + b.right,
        forward: a.forward + b.forward,
        run: a.run || b.run,
        turn: a.turn + b.turn,
        nod: a.nod + b.nod,
    }));
}
