import { toName, toText } from "../../../protocol/text.js";
import { maxDescriptionLength, maxPropertiesBytes, maxRoomMembers, maxRoomNameLength } from "../../../protocol/limits.js";
import { toPlainObject } from "../../../protocol/plainJson.js";
import { RtcServerError } from "../rtcServerError.js";
import { checkOptions } from "./optionChecks.js";
import type { Json } from "../../../protocol/plainJson.js";
import type { OptionRule } from "./optionChecks.js";
import type { IListedRoom } from "./serverOptions.js";

/** Checked entry of the option `rooms`. */
export interface IRoomListing {
    /** Literal parts of the name pattern, between its `*`. */
    readonly parts: readonly string[];
    readonly maxMembers: number | undefined;
    readonly description: string;
    readonly properties: Readonly<Record<string, Json>>;
}

const maxStars = 8;

function isNameOrPattern(value: unknown): boolean {
    return (
        typeof value === "string" && value !== "*" && toName(value, maxRoomNameLength) === value && value.split("*").length <= maxStars + 1
    );
}

const roomRules: Readonly<Record<string, OptionRule>> = {
    name: [isNameOrPattern, "the name of a room, or a pattern such as `table-*`"],
    maxMembers: [
        (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= maxRoomMembers,
        `a whole number from 1 to ${maxRoomMembers}`,
    ],
    description: [
        (value: unknown): boolean => toText(value, maxDescriptionLength) !== undefined,
        `a text of at most ${maxDescriptionLength} characters`,
    ],
    properties: [
        (value: unknown): boolean => toPlainObject(value, maxPropertiesBytes) !== undefined,
        `an object of at most ${maxPropertiesBytes / 1024} KiB as JSON`,
    ],
};

/**
 * @param rooms - option `rooms`, as the app passed it
 * @returns the checked entries; throws `invalidOption`
 */
export function toListings(rooms: readonly (string | IListedRoom)[]): readonly IRoomListing[] {
    return rooms.map((each, index) => {
        const room: IListedRoom = typeof each === "string" ? { name: each } : each;
        const prefix = `rooms[${index}].`;
        checkOptions(room, roomRules, prefix);
        const { name, maxMembers, description = "", properties = {} } = room as Partial<IListedRoom>;
        if (name === undefined) {
            throw new RtcServerError(
                "invalidOption",
                `\`${prefix}name\` is missing. Set the name of a room, or a pattern such as \`table-*\`.`,
            );
        }
        return {
            parts: name.split("*"),
            maxMembers,
            description: toText(description, maxDescriptionLength) ?? "",
            properties: toPlainObject(properties, maxPropertiesBytes) ?? {},
        };
    });
}

/**
 * @param listings - the server's listed rooms
 * @param name - name of a room
 * @returns the first listing that matches; undefined if the room belongs to its creator
 */
export function listingOf(listings: readonly IRoomListing[], name: string): IRoomListing | undefined {
    return listings.find(({ parts }) => fits(name, parts));
}

/** Matches a name against a pattern. Takes the first occurrence of each part and never backtracks, so that no name takes long. */
function fits(name: string, parts: readonly string[]): boolean {
    const [first = "", ...rest] = parts;
    const last = rest.pop();
    if (last === undefined) {
        return name === first;
    }
    if (!name.startsWith(first)) {
        return false;
    }
    let at = first.length;
    for (const part of rest) {
        const found = name.indexOf(part, at);
        if (found < 0) {
            return false;
        }
        at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
}
