import { readFileSync } from "node:fs";

/** The state diagrams of docs/connection.md, in their order. */
const order = ["status$", "connection$", "link"] as const;

/**
 * Reads a state diagram of docs/connection.md.
 * @param name - what the diagram shows
 * @returns its transitions as `from --> to`, sorted, without the one to the initial state
 */
export function drawnTransitions(name: (typeof order)[number]): readonly string[] {
    const diagrams = [...readFileSync("docs/connection.md", "utf8").matchAll(/```mermaid\nstateDiagram-v2\n([^`]+)```/g)];
    if (diagrams.length !== order.length) {
        throw new Error(`docs/connection.md has ${diagrams.length} state diagrams, and not ${order.length}.`);
    }
    const [, text = ""] = diagrams[order.indexOf(name)] ?? [];
    return [...text.matchAll(/^ +(\w+ --> \w+)/gm)].map(([, transition = ""]) => transition).sort();
}
