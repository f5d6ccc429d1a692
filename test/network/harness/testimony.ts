import type { ITestimony, IWitnessedState } from "../../pages/lab/witness";

/** Pitches of the voices in Hz, by name: 20 ms are enough to tell them apart. */
export const pitch = { Alice: 440, Bob: 740, Carol: 1_040, Dave: 1_340 } as const;
/** Somebody of the tests. */
export type Name = keyof typeof pitch;

/** In place of a pitch: all that is heard. */
export const everything = 0;

/** The voices that somebody hears, by name. */
export function tonesFor(listener: Name, names: readonly Name[]): Readonly<Partial<Record<Name, number>>> {
    return Object.fromEntries(names.filter((name) => name !== listener).map((name) => [name, pitch[name]]));
}

/** A stretch in which a tone was not heard. */
export interface IGap {
    /** In milliseconds since 1970. */
    readonly from: number;
    readonly to: number;
    /** Length by the audio clock, in milliseconds: while a machine is too busy to play anything, that clock stands. */
    readonly ms: number;
}

/** Time between two windows of the witness, in milliseconds. */
const hopMs = 10;
/** Windows that make the usual level: a second. */
const usualWindows = 100;
/** Softer than this part of the usual level is silence. */
const silent = 0.2;

/** Levels and states of somebody's page, with questions to them. */
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
     * When what was broken was whole again at last, sound and states: the end of the last silence of 60 ms that is not the machine's, or the last change of
     * a state. Silences of a second always count.
     */
    backAt(tones: Readonly<Partial<Record<Name, number>>>, after: number): number {
        const silences = Object.values(tones).flatMap((hz) =>
            this.gaps(hz, after).filter(({ from, to, ms }) => ms >= 1_000 || ms - this._concealedMs(from, to) > 60),
        );
        const states = this._told.states.filter(({ at, what }) => at >= after && what !== "error");
        return Math.max(after, ...silences.map(({ to }) => to), ...states.map(({ at }) => at));
    }

    /** Stretches in which a tone was silent, after the first second that was steady; one that still lasts is among them. */
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
                gaps.push({ from: this._at(begin), to: this._at(i), ms: (i - begin) * hopMs });
                begin = -1;
            }
        }
        return gaps;
    }

    /** The longest of `gaps`, in milliseconds; 0 if there is none. */
    longestGapMs(hz: number, after = 0): number {
        return Math.max(0, ...this.gaps(hz, after).map(({ ms }) => ms));
    }

    /**
     * The longest silence that is not the machine's: of each silence, what receivers made up for packets that were missing or late is taken off, as long
     * as their connection lasted. In milliseconds.
     */
    longestUnexplainedMs(hz: number, after: number): number {
        return Math.max(0, ...this.gaps(hz, after).map(({ from, to, ms }) => ms - this._concealedMs(from, to)));
    }

    /** Count of peer connections that the page has made since then. */
    connectionsSince(time: number): number {
        return this._told.connections.filter((at) => at >= time).length;
    }

    /** The usual amplitude of a tone between two times. */
    level(hz: number, from: number, to: number): number {
        return median(this._levels(hz).filter((_, i) => this._at(i) >= from && this._at(i) <= to));
    }

    /** The effective amplitude of all that was heard between two times. */
    loudness(from: number, to: number): number {
        const all = this._levels(everything).filter((_, i) => this._at(i) >= from && this._at(i) <= to);
        return Math.sqrt(all.reduce((sum, level) => sum + level * level, 0) / all.length);
    }

    /** The values that something had, in their order. */
    valuesOf(what: string, after = 0): readonly unknown[] {
        return this._told.states.filter((state) => state.what === what && state.at >= after).map(({ value }) => value);
    }

    /**
     * All of it for people to read.
     * @param zero - what is time 0, in milliseconds since 1970
     */
    tell(zero: number, tones: Readonly<Partial<Record<Name, number>>> = {}): string {
        const seconds = (at: number): string => `${((at - zero) / 1_000).toFixed(2)} s`;
        const states = this._told.states.map(({ at, what, value }) => ({ at, line: `${what} ${JSON.stringify(value)}` }));
        const gaps = Object.entries(tones).flatMap(([name, hz]) =>
            this.gaps(hz)
                .filter(({ ms }) => ms > 60)
                .map(({ from, to, ms }) => ({ at: from, line: `silence of ${name} for ${ms} ms, until ${seconds(to)}` })),
        );
        const lines = [...states, ...gaps].toSorted((a, b) => a.at - b.at).map(({ at, line }) => `    ${seconds(at)} ${line}`);
        return [`${this.name}:`, ...lines].join("\n");
    }

    /** The most that one connection made up between two looks around a stretch of time. */
    private _concealedMs(from: number, to: number): number {
        // Sound is heard up to half a second after it was made up.
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
