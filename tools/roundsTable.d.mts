/** Results of one test run. */
export interface IRound {
    readonly tests: readonly { readonly fullName: string; readonly status: string }[];
    /** Figures that tests recorded. `test` is the full name of the test. */
    readonly figures: readonly { readonly test: string; readonly figures: string }[];
}

export function roundsTable(rounds: readonly IRound[]): string;
