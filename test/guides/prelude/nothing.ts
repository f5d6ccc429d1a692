declare global {
    /** Declarations of a guide's program, for the tests. */
    var guide: object;
}

export {};
