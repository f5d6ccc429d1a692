import { RoomAccess } from "./lobby/roomAccess.js";
import type { Json } from "../../../protocol/plainJson.js";
import type { IRoomInfo, IRoomSummary } from "../../../protocol/wire.js";
import type { ICreateOptions } from "./lobby/createOptions.js";
import type { PasswordGuesses } from "./passwordGuesses.js";

/** Name, owner and access of a room. */
export class RoomRules {
    /** The room's id. */
    public readonly id: string;
    /** Name by which Colyseus finds it. */
    public readonly key: string;
    /** The name that two joins meet by, unless it is private. */
    public readonly title: string;
    /** Join policy. */
    public readonly access: RoomAccess;
    /** The most members. */
    public readonly maxMembers: number;
    /** True if it is found by id or invitation alone. */
    public readonly hidden: boolean;
    /** True if nobody ever owns it. */
    public readonly ownerless: boolean;
    /** Id of the user who made it; empty if nobody owns it. */
    public readonly creator: string;
    /** Id of the member who may change it; empty before the first one, and where nobody may. */
    public owner = "";
    /** Public information on it. */
    public description: string;
    /** Values that the owner attached to it. */
    public properties: Readonly<Record<string, Json>>;

    /**
     * @param id - the room's id
     * @param key - what Colyseus finds it by
     * @param title - the name that two joins meet by, unless it is private
     * @param plan - what its creator wants
     * @param creator - the creator's id
     * @param guesses - counts wrong passwords
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

    /** As its members see it. */
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
     * @param memberCount - how many members there are
     * @returns it as a list shows it
     */
    public summary(memberCount: number): IRoomSummary {
        const { id, title, maxMembers, description } = this;
        const { locked, policy, hasPassword } = this.access;
        return { id, name: title, memberCount, maxMembers, locked, hasPassword, policy, description };
    }
}
