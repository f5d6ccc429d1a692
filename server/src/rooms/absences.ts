/** Members of a room whose connection dropped, each for the grace period at most. Its timers do not keep the process alive. */
export class Absences {
    private readonly _timers = new Map<string, NodeJS.Timeout>();

    /** True if nobody is away. */
    public get isEmpty(): boolean {
        return this._timers.size === 0;
    }

    /**
     * @param userId - who is away; anew if they were already
     * @param graceMs - how long, in milliseconds
     * @param onOver - called if they are not back by then; they count as away until `end`, which tells it from a second one
     */
    public begin(userId: string, graceMs: number, onOver: () => void): void {
        clearTimeout(this._timers.get(userId));
        const timer = setTimeout(onOver, graceMs);
        timer.unref();
        this._timers.set(userId, timer);
    }

    /**
     * @param userId - somebody's id
     * @returns whether they are away
     */
    public has(userId: string): boolean {
        return this._timers.has(userId);
    }

    /**
     * @param userId - who is back, or out for good
     * @returns false if they were not away
     */
    public end(userId: string): boolean {
        clearTimeout(this._timers.get(userId));
        return this._timers.delete(userId);
    }

    /** Ends all of them; nobody is called. */
    public dispose(): void {
        this._timers.forEach((timer) => clearTimeout(timer));
        this._timers.clear();
    }
}
