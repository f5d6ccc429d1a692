import type { IRoomInfo, IRoomSummary, JoinPolicy } from "../../index.js";
import type { IconName } from "../kit/icons.js";
import type { IListedRooms } from "./roomListModel.js";
import type { IActionHelp, IHelp } from "../texts/help.js";
import type { IGuiTexts } from "../texts/texts.js";

/** One room of the list. */
export interface IRoomView {
    readonly id: string;
    readonly name: string;
    /** How many are in it, whom it is for, and what it is about. */
    readonly line: string;
    /** Whether the local member is in it. */
    readonly isHere: boolean;
    readonly isFull: boolean;
    readonly locked: boolean;
    /** Whether joining it asks for a password first. */
    readonly hasPassword: boolean;
    /** What there is to know besides the name, in words. */
    readonly facts: string;
}

/** What is known at one moment. */
export interface IRoomListSnapshot {
    readonly rooms: readonly IRoomSummary[];
    /** The room that one is in, be it listed or private. */
    readonly present: IRoomInfo | null;
    /** How many are in it. */
    readonly members: number;
}

/** What the list shows: the present room first, as it is now; then the others as the server listed them. Pure. */
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

/** What a person typed into the form for a new room. */
export interface IRoomDraft {
    readonly name: string;
    readonly description: string;
    readonly password: string;
    readonly most: string;
    readonly private: boolean;
}

/** What of it goes to the server. */
export interface IRoomWish {
    readonly create: true;
    readonly private?: true;
    readonly description?: string;
    readonly password?: string;
    readonly maxMembers?: number;
}

/**
 * What of a draft goes to the server: what is left empty is left out. Pure. A number that is none becomes NaN, which the server's
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

/** Whether a new room of this name would be one of these: two joins meet by the name. Pure. */
export function isTaken({ name, private: hidden }: IRoomDraft, rooms: readonly Pick<IRoomSummary, "name">[]): boolean {
    return !hidden && rooms.some((room) => room.name === name.trim());
}

/** What the button of a pane does. */
export type PaneAction = "refresh" | "create";

/** What stands where a list would be, or below it. */
export interface IPaneView {
    readonly icon: IconName;
    /** Whether something went wrong. */
    readonly failed: boolean;
    readonly title: string;
    /** What to do about it, and the button that does it; null = nothing but wait. */
    readonly help: IActionHelp | null;
    readonly action: PaneAction;
}

/**
 * What there is to say of the list as a whole. Pure.
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
