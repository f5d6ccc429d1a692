/** Between whom in an RTC room nothing passes. One side's wish is enough; it holds as long as that side is there. */
export class Blocks {
    private readonly _wishes = new Map<string, Set<string>>();

    /**
     * @param by - a user's id
     * @param ids - of all users whom they want nothing of
     */
    public set(by: string, ids: readonly string[]): void {
        this._wishes.set(by, new Set(ids));
    }

    /**
     * @param by - the id of a user who is there
     * @param id - of another one
     * @param blocked - what they want
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
     * @param by - the id of a user who is there
     * @returns how many they have blocked
     */
    public count(by: string): number {
        return this._wishes.get(by)?.size ?? 0;
    }

    /**
     * @param by - the id of a user who has left
     */
    public forget(by: string): void {
        this._wishes.delete(by);
    }

    /**
     * @param a - a user's id
     * @param b - another one's
     * @returns whether nothing passes between the two
     */
    public between(a: string, b: string): boolean {
        return this._wishes.get(a)?.has(b) === true || this._wishes.get(b)?.has(a) === true;
    }

    /**
     * @param id - a user's id
     * @returns everybody between whom and them nothing passes
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
