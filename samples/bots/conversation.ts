import { frameMs } from "./oggOpus.js";
import type { IOpusClip } from "./oggOpus.js";
import type { Speaker } from "./speaker.js";

/** Somebody who may be given the word. */
export interface ITurnTaker {
    readonly speaker: Speaker;
    readonly clips: readonly IOpusClip[];
    /** True while somebody hears it. */
    readonly present: boolean;
}

/** Silence between two phrases of one speaker who is alone, in milliseconds. */
const aloneMs = { least: 3_000, most: 7_000 };
/** Silence between two speakers, in milliseconds: short enough that each hears, with the other's phrase, 3 to 7 s of pause. */
const turnMs = { least: 700, most: 2_200 };

/** Lets bots speak one after the other, never two at once, so that each can be found by ear. */
export class Conversation {
    private readonly _takers: readonly ITurnTaker[];
    private readonly _random: () => number;
    private readonly _phrase = new Map<ITurnTaker, number>();
    private _last = -1;
    private _speaking: Speaker | null = null;
    private _nextTurn: number | null = null;

    /**
     * @param takers - in the order in which they speak
     * @param random - 0 (included) to 1 (excluded)
     */
    public constructor(takers: readonly ITurnTaker[], random: () => number = Math.random) {
        this._takers = takers;
        this._random = random;
    }

    /**
     * Gives somebody the word if it is time for it.
     * @param frame - number of the frame that is about to go out
     */
    public step(frame: number): void {
        if (this._speaking?.speaking === true) {
            return;
        }
        this._speaking = null;
        this._nextTurn ??= frame + this._gapFrames();
        if (frame < this._nextTurn) {
            return;
        }
        this._nextTurn = null;
        for (let step = 1; step <= this._takers.length; step++) {
            const index = (this._last + step) % this._takers.length;
            const taker = this._takers[index];
            if (taker?.present === true) {
                this._last = index;
                this._give(taker);
                return;
            }
        }
    }

    private _give(taker: ITurnTaker): void {
        const phrase = this._phrase.get(taker) ?? 0;
        const clip = taker.clips[phrase % taker.clips.length];
        if (clip) {
            this._phrase.set(taker, phrase + 1);
            taker.speaker.say(clip);
            this._speaking = taker.speaker;
        }
    }

    private _gapFrames(): number {
        const present = this._takers.filter((taker) => taker.present).length;
        const { least, most } = present > 1 ? turnMs : aloneMs;
        return Math.round((least + (most - least) * this._random()) / frameMs);
    }
}
