import { RoomAccess } from "./lobby/roomAccess.js";
import type { Json } from "../../../protocol/plainJson.js";
import type { IRoomInfo, IRoomSummary } from "../../../protocol/wire.js";
import type { ICreateOptions } from "./lobby/createOptions.js";
import type { PasswordGuesses } from "./passwordGuesses.js";

/** Name, owner, access rules, limits, description and properties of a room. */
export class RoomRules {
    /** The room's id. */
    public readonly id: string;
    /** Key by which Colyseus finds the room. */
    public readonly key: string;
    /** Name of the room. A public room can be joined by its name. */
    public readonly title: string;
    /** Lock, policy, password and invitations. */
    public readonly access: RoomAccess;
    /** Maximum number of members. */
    public readonly maxMembers: number;
    /** True if the room is private: it can be joined only by its id or an invitation. */
    public readonly hidden: boolean;
    /** True if the room never has an owner. */
    public readonly ownerless: boolean;
    /** Id of the user who created the room; empty if the room never has an owner. */
    public readonly creator: string;
    /** Id of the member who may change the room; empty before the first member joins, and if the room never has an owner. */
    public owner = "";
    /** Public description of the room. */
    public description: string;
    /** Properties of the room, set by its owner. */
    public properties: Readonly<Record<string, Json>>;

    /**
     * @param id - the room's id
     * @param key - key by which Colyseus finds the room
     * @param title - name of the room
     * @param plan - options of the room
     * @param creator - the creator's id
     * @param guesses - rate limits of wrong passwords
     */
    public constructor(id: string, key: string, title: string, plan: ICreateOptions, creator: string, guesses: PasswordGuesses) {
        this.id = id;
        this.key = key;
        this.title = title;
        this.maxMembers = plan.maxMembers;
        this.hidden = plan.hidden;
        this.ownerless = plan.ownerless;
        this.creator = plan.ownerless ? "" : creator;
        this.description = plan.description;
        this.properties = plan.properties;
        this.access = new RoomAccess(id, plan.policy, guesses);
        if (plan.password !== null) {
            this.access.setPassword(plan.password);
        }
    }

    /** Information on the room for its members. */
    public get info(): IRoomInfo {
        const { id, title, maxMembers, owner, hidden, description, properties } = this;
        const { locked, policy, hasPassword, revision } = this.access;
        return {
            id,
            name: title,
            maxMembers,
            owner,
            locked,
            private: hidden,
            policy,
            hasPassword,
            passwordRevision: revision,
            description,
            properties,
        };
    }

    /**
     * @param memberCount - number of members
     * @returns entry of the room in a list of rooms
     */
    public summary(memberCount: number): IRoomSummary {
        const { id, title, maxMembers, description } = this;
        const { locked, policy, hasPassword } = this.access;
        return { id, name: title, memberCount, maxMembers, locked, hasPassword, policy, description };
    }
}
