declare global {
    /** What a guide's program declares, for the tests. */
    var guide: object;
}

export {};
