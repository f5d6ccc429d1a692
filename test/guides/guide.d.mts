/** One block of code in a guide. */
export interface IGuideBlock {
    /** What stands behind the fence. */
    readonly language: string;
    /** Number of its first line in the guide, from 0. */
    readonly first: number;
    readonly lines: readonly string[];
    /** The program that it belongs to; null unless it is `ts`. */
    readonly program: string | null;
}

export function blocksOf(text: string): IGuideBlock[];
export function programsOf(text: string): string[];
export function otherTestOf(text: string): string | null;
export function isServer(program: string): boolean;
export function preludeOf(text: string): string;
export function bodyOf(text: string): string;
export function sourceOf(text: string, program: string, preludes: string): string;
