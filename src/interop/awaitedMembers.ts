/** Time for which members are awaited after a restart of the server, in milliseconds: the default of the server's option `graceSeconds`. */
export const awaitedMs = 20_000;

/** List of members, by id. */
type List<Member> = ReadonlyMap<string, Member>;

/**
 * Members who were present before a restart of the server, and are not back yet. They stay in the list as reconnecting. The owner must call
 * `clear`.
 */
export class AwaitedMembers<Member> {
    private readonly _timers = new Map<string, ReturnType<typeof setTimeout>>();
    private readonly _asAway: (member: Member) => Member;
    private readonly _onGone: (id: string) => void;
    /** Identifies one run of the server. After a restart, the value is different, and the server has lost its state. */
    private _life: string | undefined;

    /**
     * @param asAway - returns a copy of a member, marked as reconnecting
     * @param onGone - called when a member is no longer awaited, because they are not back after 20 s
     */
    public constructor(asAway: (member: Member) => Member, onGone: (id: string) => void) {
        this._asAway = asAway;
        this._onGone = onGone;
    }

    /** True if the member is awaited. */
    public has(id: string): boolean {
        return this._timers.has(id);
    }

    /**
     * Handles the member list of a welcome. If the server has restarted, all members who are missing from the list are awaited. The timeout of
     * members who are already awaited is not extended.
     * @param life - identifies the run of the server
     * @param before - the list so far
     * @param now - the list of the welcome
     */
    public welcome(life: string | undefined, before: List<Member>, now: List<Member>): void {
        const isAnother = life !== this._life;
        this._life = life;
        [...now.keys()].forEach((id) => this.take(id));
        for (const id of isAnother ? before.keys() : []) {
            if (!now.has(id) && !this._timers.has(id)) {
                const giveUp = (): void => {
                    this._timers.delete(id);
                    this._onGone(id);
                };
                this._timers.set(id, setTimeout(giveUp, awaitedMs));
            }
        }
    }

    /**
     * Stops awaiting a member who is back.
     * @returns true if the member was awaited
     */
    public take(id: string): boolean {
        clearTimeout(this._timers.get(id));
        return this._timers.delete(id);
    }

    /**
     * Adds the awaited members to a list.
     * @param list - the server's list
     * @param before - the list so far
     * @returns the server's list, followed by the awaited members; the same object if there are none
     */
    public addTo(list: List<Member>, before: List<Member>): List<Member> {
        const awaited = [...before].filter(([id]) => this._timers.has(id) && !list.has(id));
        return awaited.length === 0 ? list : new Map([...list, ...awaited.map(([id, member]) => [id, this._asAway(member)] as const)]);
    }

    /** Stops awaiting all members. */
    public clear(): void {
        this._timers.forEach((timer) => clearTimeout(timer));
        this._timers.clear();
    }
}
