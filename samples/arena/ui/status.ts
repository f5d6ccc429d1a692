import { find } from "./find.js";
import type { IPanelView } from "./panelView.js";

/** Says in words what the panel shows in pictures, for whoever cannot see the canvas. */
export function announce({ room, members, self, notice }: IPanelView): void {
    const others = members.filter(({ isSelf }) => !isSelf).map(({ name }) => name);
    const sentences = [
        notice ? `${notice.title}. ${notice.advice}` : `In room ${room}.`,
        others.length > 0 ? `With you: ${others.join(", ")}.` : "Nobody else is here.",
        ...(self.muted === "no" ? [] : ["You are muted."]),
        ...(self.deafened ? ["You hear nobody."] : []),
    ];
    const status = find("#status", HTMLElement);
    const message = sentences.join(" ");
    if (status.textContent !== message) {
        status.textContent = message;
    }
}
