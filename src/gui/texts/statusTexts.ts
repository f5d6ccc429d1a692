import type { ConnectionState, IRoomMember, ISelf, RoomStatus } from "../../index.js";
import type { IGuiTexts } from "./texts.js";

/** What the plugin tells at one moment of where we are. */
export interface IWhereabouts {
    readonly status: RoomStatus;
    readonly connection: ConnectionState;
    readonly members: ReadonlyMap<string, IRoomMember>;
    readonly self: Pick<ISelf, "muted" | "deafened">;
}

/** What is said to whoever cannot see the canvas; nothing while a notice says what is wrong. Pure. */
export function statusText({ status, connection, members, self }: IWhereabouts, { status: texts }: IGuiTexts): string {
    if (status.state !== "inRoom" || connection !== "connected") {
        return "";
    }
    const others = [...members.values()].filter(({ id }) => id !== status.self.id).map(({ name }) => name);
    const sentences = [
        texts.inRoom(status.room.name),
        others.length > 0 ? texts.withYou(others) : texts.alone,
        ...(self.muted === "no" ? [] : [texts.muted]),
        ...(self.deafened ? [texts.deafened] : []),
    ];
    return sentences.join(" ");
}
