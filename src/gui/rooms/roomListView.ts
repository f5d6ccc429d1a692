import type { IRoomInfo, IRoomSummary, JoinPolicy, RtcError } from "../../index.js";
import type { IconName } from "../kit/icons.js";
import type { IListedRooms } from "./roomListModel.js";
import type { IActionHelp, IHelp } from "../texts/help.js";
import type { IGuiTexts } from "../texts/texts.js";

/** One room of the list. */
export interface IRoomView {
    readonly id: string;
    readonly name: string;
    /** Text below the name: number of members, join policy and description. */
    readonly line: string;
    /** True for the current room. */
    readonly isHere: boolean;
    readonly isFull: boolean;
    readonly locked: boolean;
    /** True if the room has a password, which the list asks for before joining. */
    readonly hasPassword: boolean;
    /** All facts except the name, as a text for screen readers. */
    readonly facts: string;
}

/** Snapshot of rooms and members. */
export interface IRoomListSnapshot {
    readonly rooms: readonly IRoomSummary[];
    /** Current room, listed or private; null = none. */
    readonly present: IRoomInfo | null;
    /** Number of members in the current room. */
    readonly members: number;
}

/** Rows of the list: first the current room, with its current member count, then the other rooms in the server's order. Pure. */
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

/** Field of the form for a new room that can be at fault. */
export type FaultyField = "name" | "password" | "most";

/**
 * Finds the field that a failure to create a room is about. Pure.
 * @param error - error of the request; undefined = the draft's name is taken
 * @returns null for other failures, such as a server that does not answer
 */
export function faultyField(error: Pick<RtcError, "code"> | undefined): FaultyField | null {
    switch (error?.code) {
        case undefined:
        case "invalidRoomName":
            return "name";
        case "passwordWrong":
            return "password";
        case "invalidArgument":
            // The form limits the lengths of its other fields.
            return "most";
        default:
            return null;
    }
}

/** Options of the request to create a room. */
export interface IRoomWish {
    readonly create: true;
    readonly private?: true;
    readonly description?: string;
    readonly password?: string;
    readonly maxMembers?: number;
}

/**
 * Creates the options of `joinAsync` from a draft, without empty fields. Pure. A maximum that is not a number becomes NaN, which JSON turns into
 * null; the server then applies its own maximum.
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

/** True if one of the loaded rooms has the draft's name, so that the request would join that room. Always false for a private room. Pure. */
export function isTaken({ name, private: hidden }: IRoomDraft, rooms: readonly Pick<IRoomSummary, "name">[]): boolean {
    return !hidden && rooms.some((room) => room.name === name.trim());
}

/** Action of a pane's button. */
export type PaneAction = "refresh" | "create";

/** Notice in place of the list, or below it. */
export interface IPaneView {
    readonly icon: IconName;
    /** True for a failure. */
    readonly failed: boolean;
    readonly title: string;
    /** Advice and its button; null = neither, while loading. */
    readonly help: IActionHelp | null;
    readonly action: PaneAction;
}

/**
 * Notice about the list as a whole. Pure.
 * @param state - `directory`: loaded rooms; `rooms`: number of rows; `isIn`: true if one of them is the current room; `lost`: why a room that is no
 * longer in the list could not be joined, null = no such failure
 * @returns null if no notice is needed
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
