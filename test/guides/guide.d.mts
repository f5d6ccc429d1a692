/** One block of code in a guide. */
export interface IGuideBlock {
    /** Language after the opening fence. */
    readonly language: string;
    /** Line number of its first line in the guide, from 0. */
    readonly first: number;
    readonly lines: readonly string[];
    /** Program that the block belongs to. Null unless the language is `ts`. */
    readonly program: string | null;
}

export function blocksOf(text: string): IGuideBlock[];
export function programsOf(text: string): string[];
export function otherTestOf(text: string): string | null;
export function isServer(program: string): boolean;
export function preludeOf(text: string): string;
export function bodyOf(text: string): string;
export function sourceOf(text: string, program: string, preludes: string): string;
