/** One run of the tests. */
export interface IRound {
    readonly tests: readonly { readonly fullName: string; readonly status: string }[];
    /** What a test wrote down, by its full name. */
    readonly figures: readonly { readonly test: string; readonly figures: string }[];
}

export function roundsTable(rounds: readonly IRound[]): string;
