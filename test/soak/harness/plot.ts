import type { Figures } from "./judge";

/** Figures at one moment of the run. */
export interface ISample {
    /** Time since the start, in seconds. */
    readonly at: number;
    readonly figures: Figures;
}

/** A marked moment. */
export interface IMark {
    /** Time since the start, in seconds. */
    readonly at: number;
    readonly what: "quiet point" | "restart";
}

const [width, height, left, columns] = [360, 84, 8, 3];
const colors = { "quiet point": "#2a9d5c", restart: "#c0392b" } as const;

/** All samples as comma-separated values, with a header line. */
export function csvOf(samples: readonly ISample[]): string {
    const names = namesOf(samples);
    const lines = samples.map(({ at, figures }) => [at.toFixed(1), ...names.map((name) => shortly(figures[name] ?? null))].join(","));
    return `${["seconds", ...names].join(",")}\n${lines.join("\n")}\n`;
}

/** SVG with one small graph per figure, from 0 to its maximum, and a line at each mark. */
export function svgOf(title: string, samples: readonly ISample[], marks: readonly IMark[]): string {
    const names = namesOf(samples);
    const seconds = Math.max(1, ...samples.map(({ at }) => at));
    const [wide, high] = [columns * (width + 2 * left), Math.ceil(names.length / columns) * (height + 30) + 44];
    const xOf = (at: number): string => ((at / seconds) * width).toFixed(1);
    const graphs = names.map((name, index) => {
        const values = samples.map(({ at, figures }) => ({ at, value: figures[name] ?? null }));
        const most = Math.max(...values.map(({ value }) => value ?? 0));
        // Missing values interrupt the line.
        const path = values
            .map(({ at, value }, i) => {
                const begins = (values[i - 1]?.value ?? null) === null;
                return value === null
                    ? ""
                    : `${begins ? "M" : "L"}${xOf(at)} ${(height - (value / Math.max(most, 1e-9)) * (height - 4)).toFixed(1)}`;
            })
            .join("");
        const lines = marks
            .map(({ at, what }) => `<path d="M${xOf(at)} 0V${height}" stroke="${colors[what]}" stroke-opacity=".45"/>`)
            .join("");
        const [x, y] = [(index % columns) * (width + 2 * left) + left, Math.floor(index / columns) * (height + 30) + 60];
        return (
            `<g transform="translate(${x} ${y})"><text y="-6">${name}, up to ${shortly(most)}</text>` +
            `<path d="M0 0V${height}H${width}" stroke="#999"/>${lines}<path d="${path}" stroke="#1f5fbf" stroke-width="1.4"/></g>`
        );
    });
    const key = `<tspan fill="${colors["quiet point"]}">quiet points</tspan>, <tspan fill="${colors.restart}">restarts of the server</tspan>`;
    return (
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" font-family="sans-serif" font-size="12">` +
        `<rect width="100%" height="100%" fill="#fff"/><text x="${left}" y="18" font-size="14">${title}</text><text x="${left}" y="36">${key}</text>` +
        `<g fill="none"><style>text{fill:#222}tspan[fill]{stroke:none}</style>${graphs.join("\n")}</g></svg>\n`
    );
}

function namesOf(samples: readonly ISample[]): readonly string[] {
    return [...new Set(samples.flatMap(({ figures }) => Object.keys(figures)))].toSorted();
}

function shortly(value: number | null): string {
    return value === null ? "" : String(Math.round(value * 100) / 100);
}
