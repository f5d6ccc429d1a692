/**
 * Absent members of a room, each with a grace period: members whose connection dropped, or whose page closed and may be reloading. The timers do not
 * keep the process alive.
 */
export class Absences {
    private readonly _timers = new Map<string, NodeJS.Timeout>();

    /** True if no member is absent. */
    public get isEmpty(): boolean {
        return this._timers.size === 0;
    }

    /**
     * Starts the absence of a member, or restarts it.
     * @param userId - the member's id
     * @param graceMs - grace period, in milliseconds
     * @param onOver - called when the grace period is over; the member still counts as absent until `end` is called
     */
    public begin(userId: string, graceMs: number, onOver: () => void): void {
        clearTimeout(this._timers.get(userId));
        const timer = setTimeout(onOver, graceMs);
        timer.unref();
        this._timers.set(userId, timer);
    }

    /**
     * @param userId - a user's id
     * @returns true if the user is absent
     */
    public has(userId: string): boolean {
        return this._timers.has(userId);
    }

    /**
     * Ends the absence of a member, who has returned or left.
     * @param userId - the member's id
     * @returns false if the member was not absent
     */
    public end(userId: string): boolean {
        clearTimeout(this._timers.get(userId));
        return this._timers.delete(userId);
    }

    /** Ends all absences without calling their callbacks. */
    public dispose(): void {
        this._timers.forEach((timer) => clearTimeout(timer));
        this._timers.clear();
    }
}
