const digits = (value) => (Math.abs(value) < 1 ? 3 : Math.abs(value) < 100 ? 1 : 0);
const number = (value) => (value === undefined || value === null || Number.isNaN(value) ? "–" : value.toFixed(digits(value)));

/** Verdict of one figure: `not measured` if its value or its baseline is missing; otherwise `ok` or `miss` if it has a target, and empty if not. */
export function verdictOf({ ours, baseline, against, aim }) {
    if (ours === undefined || (against !== undefined && baseline === undefined)) {
        return "not measured";
    }
    return aim ? (aim.reached({ ours, baseline }) ? "ok" : "miss") : "";
}

/** Formats the figures as a plain-text table. */
export function toTable(figures) {
    const rows = [
        ["figure", "ours", "baseline", "ratio", "unit", "aim", "", "baseline is"],
        ...figures.map((each) => [
            each.figure,
            number(each.ours),
            number(each.baseline),
            each.ours && each.baseline ? `${(each.ours / each.baseline).toFixed(2)} ×` : "–",
            each.unit,
            each.aim?.text ?? "–",
            verdictOf(each),
            each.against ?? "",
        ]),
    ];
    return toColumns(rows, [1, 2, 3]);
}

/** Formats rows of cells as plain text. The first row is the header. The columns in `numbers` are right-aligned. */
export function toColumns(rows, numbers) {
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    const line = (row) =>
        row
            .map((cell, column) => (numbers.includes(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
            .join("  ")
            .trimEnd();
    return [line(rows[0]), line(widths.map((width) => "─".repeat(width))), ...rows.slice(1).map(line)].join("\n");
}
