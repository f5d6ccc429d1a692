import type { IRoomInfo, IRoomSummary, JoinPolicy } from "../../index.js";
import type { IconName } from "../kit/icons.js";
import type { IListedRooms } from "./roomListModel.js";
import type { IActionHelp, IHelp } from "../texts/help.js";
import type { IGuiTexts } from "../texts/texts.js";

/** One room of the list. */
export interface IRoomView {
    readonly id: string;
    readonly name: string;
    /** Number of members, join policy and description. */
    readonly line: string;
    /** True for the present room. */
    readonly isHere: boolean;
    readonly isFull: boolean;
    readonly locked: boolean;
    /** True if joining asks for a password first. */
    readonly hasPassword: boolean;
    /** Facts besides the name, in words. */
    readonly facts: string;
}

/** Snapshot of rooms and members. */
export interface IRoomListSnapshot {
    readonly rooms: readonly IRoomSummary[];
    /** The room that one is in, be it listed or private. */
    readonly present: IRoomInfo | null;
    /** Number of members. */
    readonly members: number;
}

/** Rows of the list: the present room first, as it is now; then the others as the server listed them. Pure. */
export function roomListView({ rooms, present, members }: IRoomListSnapshot, { rooms: texts }: IGuiTexts): readonly IRoomView[] {
    const others = rooms.filter(({ id }) => id !== present?.id);
    return [
        ...(present ? [viewOf({ ...present, memberCount: members }, true, texts)] : []),
        ...others.map((room) => viewOf(room, false, texts)),
    ];
}

function viewOf(room: IRoomSummary, isHere: boolean, texts: IGuiTexts["rooms"]): IRoomView {
    const { id, name, memberCount, maxMembers, locked, hasPassword, policy, description } = room;
    const isFull = memberCount >= maxMembers;
    const count = texts.count(memberCount, maxMembers);
    const whom = whomFor(policy, texts);
    const facts = [count, ...(isFull ? [texts.full] : []), ...(locked ? [texts.locked] : []), ...(hasPassword ? [texts.withPassword] : [])];
    return {
        id,
        name,
        line: [count, ...whom, ...(description === "" ? [] : [description])].join(" · "),
        isHere,
        isFull,
        locked,
        hasPassword,
        facts: [...facts, ...whom, ...(description === "" ? [] : [description])].join(", "),
    };
}

function whomFor(policy: JoinPolicy, { friends, invited }: IGuiTexts["rooms"]): readonly string[] {
    return policy === "friends" ? [friends] : policy === "invited" ? [invited] : [];
}

/** Input of the form for a new room. */
export interface IRoomDraft {
    readonly name: string;
    readonly description: string;
    readonly password: string;
    readonly most: string;
    readonly private: boolean;
}

/** The part of it that is sent to the server. */
export interface IRoomWish {
    readonly create: true;
    readonly private?: true;
    readonly description?: string;
    readonly password?: string;
    readonly maxMembers?: number;
}

/**
 * Request for the server from a draft: empty fields are left out. Pure. A number that is none becomes NaN, which the server's
 * client refuses with `invalidArgument`.
 */
export function roomWish({ description, password, most, private: hidden }: IRoomDraft): IRoomWish {
    return {
        create: true,
        ...(hidden && { private: true as const }),
        ...(description.trim() !== "" && { description: description.trim() }),
        ...(password !== "" && { password }),
        ...(most.trim() !== "" && { maxMembers: Number(most) }),
    };
}

/** True if a room of this name is listed: two joins meet by the name. Pure. */
export function isTaken({ name, private: hidden }: IRoomDraft, rooms: readonly Pick<IRoomSummary, "name">[]): boolean {
    return !hidden && rooms.some((room) => room.name === name.trim());
}

/** Action of a pane's button. */
export type PaneAction = "refresh" | "create";

/** Notice in place of a list, or below it. */
export interface IPaneView {
    readonly icon: IconName;
    /** True for a failure. */
    readonly failed: boolean;
    readonly title: string;
    /** Advice, with its button; null = wait. */
    readonly help: IActionHelp | null;
    readonly action: PaneAction;
}

/**
 * Notice on the list as a whole. Pure.
 * @param state - what is known; how many rooms are shown, and whether one's own is among them; why a room could not be entered that is in
 * the list no more
 * @returns null if the list speaks for itself
 */
export function paneView(
    state: { readonly directory: IListedRooms; readonly rooms: number; readonly isIn: boolean; readonly lost: IHelp | null },
    { rooms: texts, errors }: IGuiTexts,
): IPaneView | null {
    const { directory, rooms, isIn, lost } = state;
    const failed = lost ?? (directory.state === "failed" && directory.error ? errors[directory.error.code] : null);
    if (failed) {
        const { title, advice } = failed;
        return { icon: "refresh", failed: true, title, help: { title, advice, action: texts.failedAction }, action: "refresh" };
    }
    if (directory.state === "loading") {
        return { icon: "door", failed: false, title: texts.loading, help: null, action: "refresh" };
    }
    return rooms > (isIn ? 1 : 0) ? null : { icon: "door", failed: false, title: texts.empty.title, help: texts.empty, action: "create" };
}
