import { frameMs } from "./oggOpus.js";
import type { IOpusClip } from "./oggOpus.js";
import type { Speaker } from "./speaker.js";

/** A participant of the conversation. */
export interface ITurnTaker {
    readonly speaker: Speaker;
    readonly clips: readonly IOpusClip[];
    /** True while the participant is connected to at least one member. Others are skipped. */
    readonly present: boolean;
}

/** Range of the pause between two phrases while only one participant is present, in milliseconds. */
const aloneMs = { least: 3_000, most: 7_000 };
/** Range of the pause between the phrases of two speakers, in milliseconds. With two bots, each is then silent for about 3 to 7 s at a time. */
const turnMs = { least: 700, most: 2_200 };

/** Makes bots speak in turn, never two at once, so that listeners can hear where each bot is. */
export class Conversation {
    private readonly _takers: readonly ITurnTaker[];
    private readonly _random: () => number;
    private readonly _phrase = new Map<ITurnTaker, number>();
    private _last = -1;
    private _speaking: Speaker | null = null;
    private _nextTurn: number | null = null;

    /**
     * @param takers - participants, in speaking order
     * @param random - returns numbers from 0 (inclusive) to 1 (exclusive)
     */
    public constructor(takers: readonly ITurnTaker[], random: () => number = Math.random) {
        this._takers = takers;
        this._random = random;
    }

    /**
     * Starts the next phrase if it is due. Must be called before each frame is sent.
     * @param frame - number of that frame
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
