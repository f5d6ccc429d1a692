export const builtFiles: Readonly<Record<string, string>>;
export function needsOf(file: string): string[];
