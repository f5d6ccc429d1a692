/** Time for which members of before a restart of the server are awaited, in milliseconds: as long as a server keeps a place by default. */
export const awaitedMs = 20_000;

/** A list of members, by id. */
type List<Member> = ReadonlyMap<string, Member>;

/** Members who were there before the server restarted, and are not back yet. They stay in the list as reconnecting. Whoever makes it clears it. */
export class AwaitedMembers<Member> {
    private readonly _timers = new Map<string, ReturnType<typeof setTimeout>>();
    private readonly _asAway: (member: Member) => Member;
    private readonly _onGone: (id: string) => void;
    /** Life of the server; another one knows nothing of the one before. */
    private _life: string | undefined;

    /**
     * @param asAway - makes of a member the same one, away
     * @param onGone - called for whoever is not back within 20 s and is awaited no longer
     */
    public constructor(asAway: (member: Member) => Member, onGone: (id: string) => void) {
        this._asAway = asAway;
        this._onGone = onGone;
    }

    /** Tells whether that member is awaited. */
    public has(id: string): boolean {
        return this._timers.has(id);
    }

    /**
     * Takes the list of a welcome. If the server has restarted, awaits all who are missing in it; those who are awaited already get no longer.
     * @param life - of the server
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

    /** @returns whether that member was awaited, and is no longer: they are back */
    public take(id: string): boolean {
        clearTimeout(this._timers.get(id));
        return this._timers.delete(id);
    }

    /**
     * @param list - what the server says
     * @param before - the list so far
     * @returns the first, with those who are awaited behind; the same object if nobody is
     */
    public addTo(list: List<Member>, before: List<Member>): List<Member> {
        const awaited = [...before].filter(([id]) => this._timers.has(id) && !list.has(id));
        return awaited.length === 0 ? list : new Map([...list, ...awaited.map(([id, member]) => [id, this._asAway(member)] as const)]);
    }

    /** Awaits nobody any longer. */
    public clear(): void {
        this._timers.forEach((timer) => clearTimeout(timer));
        this._timers.clear();
    }
}
