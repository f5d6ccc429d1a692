import type { ITestimony, IWitnessedState } from "../../pages/lab/witness";

/** Pitches of the voices in Hz, by name. A window of 20 ms is enough to distinguish them. */
export const pitch = { Alice: 440, Bob: 740, Carol: 1_040, Dave: 1_340 } as const;
/** Name of a person in the tests. */
export type Name = keyof typeof pitch;

/** Pseudo-pitch for the sum of all sound. */
export const everything = 0;

/** Pitches of the voices that a listener should hear, by name. */
export function tonesFor(listener: Name, names: readonly Name[]): Readonly<Partial<Record<Name, number>>> {
    return Object.fromEntries(names.filter((name) => name !== listener).map((name) => [name, pitch[name]]));
}

/** A period in which a tone was not heard. */
export interface IGap {
    /** Start, in milliseconds since 1970. */
    readonly from: number;
    /** End, in milliseconds since 1970. Infinity: it still lasts. */
    readonly to: number;
    /** Duration by the audio clock, in milliseconds. That clock stops while the machine is too busy for playback. */
    readonly ms: number;
}

/** Interval between the witness' windows, in milliseconds. */
const hopMs = 10;
/** Number of windows for the reference level: one second. */
const usualWindows = 100;
/** Silence threshold, relative to the reference level. */
const silent = 0.2;

/** Recorded levels and states of a person's page, with queries. */
export class Testimony {
    public readonly name: Name;
    private readonly _told: ITestimony;

    constructor(name: Name, told: ITestimony) {
        this.name = name;
        this._told = told;
    }

    get states(): readonly IWitnessedState[] {
        return this._told.states;
    }

    /**
     * Time at which sound and states have recovered: the end of the last silence that counts or the last state change, whichever is later. Errors
     * are not state changes. Infinity while a silence that counts lasts.
     * @param tones - pitches to check, by name
     * @param after - time before which nothing counts, in milliseconds since 1970; returned if nothing counts
     * @param limits - silences above `shortMs` after subtracting concealed audio count; those of `longMs` or more always count
     */
    backAt(
        tones: Readonly<Partial<Record<Name, number>>>,
        after: number,
        { shortMs, longMs }: { readonly shortMs: number; readonly longMs: number },
    ): number {
        const silences = Object.values(tones).flatMap((hz) =>
            this.gaps(hz, after).filter(({ from, to, ms }) => ms >= longMs || ms - this._concealedMs(from, to) > shortMs),
        );
        const states = this._told.states.filter(({ at, what }) => at >= after && what !== "error");
        return Math.max(after, ...silences.map(({ to }) => to), ...states.map(({ at }) => at));
    }

    /** Silences of a tone after the given time, relative to the median level in the first second. Includes a silence that still lasts. */
    gaps(hz: number, after = 0): readonly IGap[] {
        const levels = this._levels(hz);
        const usual = median(levels.slice(0, usualWindows).filter((level) => level > 0.02));
        const gaps: IGap[] = [];
        let begin = -1;
        for (let i = 0; i <= levels.length; i++) {
            const isSilent = i < levels.length && (levels[i] ?? 0) < silent * usual && this._at(i) >= after;
            if (isSilent && begin < 0) {
                begin = i;
            } else if (!isSilent && begin >= 0) {
                gaps.push({ from: this._at(begin), to: i < levels.length ? this._at(i) : Infinity, ms: (i - begin) * hopMs });
                begin = -1;
            }
        }
        return gaps;
    }

    /** Longest of `gaps`, in milliseconds. 0 if there is none. */
    longestGapMs(hz: number, after = 0): number {
        return Math.max(0, ...this.gaps(hz, after).map(({ ms }) => ms));
    }

    /**
     * Longest silence, in milliseconds, after subtracting concealed audio from each: a busy machine delivers packets late, and the browser then
     * conceals the gap.
     */
    longestUnexplainedMs(hz: number, after: number): number {
        return Math.max(0, ...this.gaps(hz, after).map(({ from, to, ms }) => ms - this._concealedMs(from, to)));
    }

    /** Number of peer connections that the page has created since a time. */
    connectionsSince(time: number): number {
        return this._told.connections.filter((at) => at >= time).length;
    }

    /** Median amplitude of a tone between two times. */
    level(hz: number, from: number, to: number): number {
        return median(this._levels(hz).filter((_, i) => this._at(i) >= from && this._at(i) <= to));
    }

    /** RMS amplitude of all sound between two times. */
    loudness(from: number, to: number): number {
        const all = this._levels(everything).filter((_, i) => this._at(i) >= from && this._at(i) <= to);
        return Math.sqrt(all.reduce((sum, level) => sum + level * level, 0) / all.length);
    }

    /** Recorded values of a state, in order. */
    valuesOf(what: string, after = 0): readonly unknown[] {
        return this._told.states.filter((state) => state.what === what && state.at >= after).map(({ value }) => value);
    }

    /**
     * Human-readable log of states, new peer connections and silences.
     * @param zero - time 0 of the log, in milliseconds since 1970
     */
    tell(zero: number, tones: Readonly<Partial<Record<Name, number>>> = {}): string {
        const seconds = (at: number): string => `${((at - zero) / 1_000).toFixed(2)} s`;
        const states = this._told.states.map(({ at, what, value }) => ({ at, line: `${what} ${JSON.stringify(value)}` }));
        const connections = this._told.connections.map((at) => ({ at, line: "new peer connection" }));
        const gaps = Object.entries(tones).flatMap(([name, hz]) =>
            this.gaps(hz)
                .filter(({ ms }) => ms > 60)
                .map(({ from, to, ms }) => ({
                    at: from,
                    line:
                        `silence of ${name} for ${ms} ms, ${to === Infinity ? "and still" : `until ${seconds(to)}`}` +
                        ` (concealed around it: ${Math.round(this._concealedMs(from, to))} ms)`,
                })),
        );
        const lines = [...states, ...connections, ...gaps]
            .toSorted((a, b) => a.at - b.at)
            .map(({ at, line }) => `    ${seconds(at)} ${line}`);
        return [`${this.name}:`, ...lines].join("\n");
    }

    /** Largest amount of concealed audio of one connection around a period, in milliseconds. */
    private _concealedMs(from: number, to: number): number {
        // The counters are read every half second, and concealed audio is heard up to half a second after it is counted.
        const near = this._told.concealments.filter(({ at }) => at > from - 1_000 && at < to + 500);
        const byConnection = new Map<number, number[]>();
        near.forEach(({ connection, ms }) => byConnection.set(connection, [...(byConnection.get(connection) ?? []), ms]));
        return Math.max(0, ...[...byConnection.values()].map((values) => (values.at(-1) ?? 0) - (values[0] ?? 0)));
    }

    private _levels(hz: number): readonly number[] {
        return this._told.levels[hz] ?? [];
    }

    private _at(i: number): number {
        return this._told.times[Math.min(i, this._told.times.length - 1)] ?? NaN;
    }
}

function median(values: readonly number[]): number {
    return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
