/** Blocks between users of an RTC room. A block applies in both directions, as long as the blocking user is present. */
export class Blocks {
    private readonly _wishes = new Map<string, Set<string>>();

    /**
     * Sets the block list of a user.
     * @param by - id of the blocking user
     * @param ids - ids of all users to block
     */
    public set(by: string, ids: readonly string[]): void {
        this._wishes.set(by, new Set(ids));
    }

    /**
     * Blocks or unblocks one user.
     * @param by - id of the blocking user, who is present
     * @param id - id of the other user
     * @param blocked - true = block, false = unblock
     */
    public change(by: string, id: string, blocked: boolean): void {
        const wishes = this._wishes.get(by);
        if (blocked) {
            wishes?.add(id);
        } else {
            wishes?.delete(id);
        }
    }

    /**
     * @param by - id of a present user
     * @returns number of users that they have blocked
     */
    public count(by: string): number {
        return this._wishes.get(by)?.size ?? 0;
    }

    /**
     * Removes the block list of a user.
     * @param by - id of a user who has left
     */
    public forget(by: string): void {
        this._wishes.delete(by);
    }

    /**
     * @param a - a user's id
     * @param b - another user's id
     * @returns true if either has blocked the other
     */
    public between(a: string, b: string): boolean {
        return this._wishes.get(a)?.has(b) === true || this._wishes.get(b)?.has(a) === true;
    }

    /**
     * @param id - a user's id
     * @returns ids of all users that the user has blocked or that have blocked the user
     */
    public listOf(id: string): string[] {
        const list = new Set(this._wishes.get(id));
        for (const [by, wishes] of this._wishes) {
            if (wishes.has(id)) {
                list.add(by);
            }
        }
        return [...list];
    }
}
