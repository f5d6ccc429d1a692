import { RtcPlugin } from "babylon-rtc";
import type { IRtcCheckRow, RtcCheckId } from "babylon-rtc";
import "../arena/ui/entryScreen.css";
import { find } from "../arena/ui/find.js";
import "./check.css";

/** Names and descriptions of the checks, in order. */
const checks: Readonly<Record<RtcCheckId, readonly [name: string, about: string]>> = {
    secureContext: ["Secure page", "Browsers allow the microphone only on secure pages."],
    autoplay: ["Permission to play", "Browsers play sound after a click."],
    microphone: ["Microphone", "It can be opened, and delivers sound."],
    output: ["Output", "Loudspeakers or headphones play the sound."],
    server: ["Server", "A babylon-rtc server answers."],
    signalling: ["Signalling", "A room and its voice can be entered."],
    stun: ["STUN", "A server tells this browser its public address."],
    turn: ["TURN", "A server relays voices through strict firewalls."],
    call: ["Call", "Delay and loss of a call within this page."],
};
const verdicts = { waiting: "", running: "…", passed: "Passed", failed: "Failed", skipped: "Skipped" } as const;
const marks = { waiting: "", running: "", passed: "✓", failed: "!", skipped: "–" } as const;
type State = keyof typeof verdicts;

const parameters = new URLSearchParams(location.search);
const form = find("form", HTMLFormElement);
const server = find("#server", HTMLInputElement);
const button = find("#begin", HTMLButtonElement);
const summary = find("#summary", HTMLElement);
const copy = find("#copy", HTMLButtonElement);
const list = find("#rows", HTMLOListElement);
const ids = Object.keys(checks) as RtcCheckId[];
let result: readonly IRtcCheckRow[] = [];

server.value = parameters.get("server") ?? location.origin;
find("#arena", HTMLAnchorElement).setAttribute("href", `../${location.search}`);
const items = new Map(ids.map((id) => [id, addRow(id)]));
setBusy("idle");

form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.ariaBusy !== "true") {
        void runAsync();
    }
});
copy.addEventListener("click", () => {
    const text = result
        .map(({ id, state, text: found, error }) => `${id}: ${state}${error ? ` (${error.code})` : ""}. ${found}`)
        .join("\n");
    navigator.clipboard.writeText(text).then(
        () => (copy.textContent = "Copied"),
        () => (copy.textContent = "Copying is not allowed here"),
    );
});

/** Runs all checks, and shows the result of each as soon as it is known. */
async function runAsync(): Promise<void> {
    setBusy("busy");
    ids.forEach((id) => show(id, "waiting", checks[id][1]));
    summary.textContent = "";
    const next = (): void => {
        const id = ids.find((each) => items.get(each)?.dataset.state === "waiting");
        if (id) {
            show(id, "running", checks[id][1]);
        }
    };
    next();
    try {
        result = await RtcPlugin.checkAsync({
            server: server.value.trim(),
            user: { name: "Check" },
            relayOnly: parameters.has("relayOnly"),
            onRow: ({ id, state, text }) => {
                show(id, state, text);
                next();
            },
        });
        summary.textContent = summaryOf(result);
    } catch (error) {
        summary.textContent = error instanceof Error ? error.message : String(error);
    } finally {
        setBusy("idle");
        copy.textContent = "Copy the result";
        copy.hidden = result.length === 0;
    }
}

function summaryOf(rows: readonly IRtcCheckRow[]): string {
    const failed = rows.filter(({ state }) => state === "failed").length;
    const skipped = rows.filter(({ state }) => state === "skipped").length;
    if (failed > 0) {
        return failed === 1 ? "One check failed. Its row says what to do." : `${failed} checks failed. Their rows say what to do.`;
    }
    return skipped === 0 ? "Everything works." : `What was checked works; ${skipped} skipped.`;
}

function setBusy(state: "busy" | "idle"): void {
    button.disabled = false;
    button.ariaBusy = String(state === "busy");
    find("span", HTMLElement, button).textContent = state === "busy" ? "Checking…" : result.length > 0 ? "Check again" : "Begin";
}

function addRow(id: RtcCheckId): HTMLElement {
    const row = document.createElement("li");
    row.className = "row";
    row.id = `row-${id}`;
    const [name, about] = checks[id];
    const parts = { mark: "span", name: "h2", verdict: "span", text: "p" } as const;
    for (const [part, tag] of Object.entries(parts)) {
        const element = document.createElement(tag);
        element.className = part;
        row.append(element);
    }
    find(".mark", HTMLElement, row).ariaHidden = "true";
    find(".name", HTMLElement, row).textContent = name;
    list.append(row);
    fill(row, "waiting", about);
    return row;
}

function show(id: RtcCheckId, state: State, text: string): void {
    const row = items.get(id);
    if (row) {
        fill(row, state, text);
    }
}

function fill(row: HTMLElement, state: State, text: string): void {
    row.dataset.state = state;
    find(".mark", HTMLElement, row).textContent = marks[state];
    find(".verdict", HTMLElement, row).textContent = verdicts[state];
    // The texts are also meant for consoles, and have option names in backticks.
    find(".text", HTMLElement, row).textContent = text.replaceAll("`", "");
}
