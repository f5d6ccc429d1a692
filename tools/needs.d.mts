export const builtFiles: Readonly<Record<string, string>>;
export function needsOf(file: string): string[];
export function sourcesOf(file: string): Map<string, string>;
