import { Bot } from "./bot.js";
import { Conversation } from "./conversation.js";
import { frameMs } from "./oggOpus.js";
import { poseOf } from "./spots.js";
import { loadVoicesAsync } from "./voices.js";

/** Options for starting bots. */
export interface IBotsOptions {
    /** URL of a babylon-rtc-server, including its path. The server must allow guests (development mode), because bots are guests. */
    readonly server: string;
    /** Name of the room. Created if it does not exist. */
    readonly room: string;
    /** Number of bots, 0 or more. There are four voices; from the fifth bot on, they are used again. */
    readonly count: number;
    /** Cancels the start. It has no effect once the bots have started; `closeAsync` stops them. */
    readonly signal?: AbortSignal;
    /** Receives log lines about the bots. Default: none. */
    readonly log?: (line: string) => void;
}

/** Handle to running bots. */
export interface IBots {
    /** Makes all bots leave, and stops them. Afterwards, no socket and no timer is left. Never rejects. */
    closeAsync(): Promise<void>;
}

// The relative path is valid both from this file and from its compiled output in dist/bots.
const clips = new URL("../../samples/bots/clips/", import.meta.url);

/**
 * Starts headless members in a room. They stand near the arena's entrance and speak recorded phrases in turn, with different voices.
 * @param options - server, room and number of bots
 * @returns the running bots, once all have joined; the caller closes them. Rejects with an `Error` if one cannot join, and then nothing is left open.
 */
export async function startBotsAsync(options: IBotsOptions): Promise<IBots> {
    const { room, count, signal, log } = options;
    if (!Number.isInteger(count) || count < 0) {
        throw new Error(`The number of bots must be a whole number of 0 or more, not ${count}.`);
    }
    signal?.throwIfAborted();
    const server = options.server.replace(/\/+$/, "");
    const voices = await loadVoicesAsync(clips);
    const bots: Bot[] = [];
    const closeBotsAsync = async (): Promise<void> => {
        await Promise.all(bots.map((bot) => bot.closeAsync()));
    };
    try {
        // The bots join one after the other, so that the order of the room's member list is that of the spots.
        for (let index = 0; index < count; index++) {
            const voice = voices[index % voices.length];
            if (voice) {
                const round = Math.floor(index / voices.length) + 1;
                const name = round === 1 ? voice.name : `${voice.name} ${round}`;
                const pose = (): ReturnType<typeof poseOf> => poseOf(index, Date.now());
                bots.push(await Bot.EnterAsync({ server, room, voice: { ...voice, name }, pose, log }, signal));
                log?.(`${name} is in room "${room}"`);
            }
        }
    } catch (error) {
        await closeBotsAsync();
        throw error;
    }
    const conversation = new Conversation(bots);
    const clock = new FrameClock((frame) => {
        conversation.step(frame);
        for (const bot of bots) {
            bot.onFrame(frame);
        }
    });
    return {
        closeAsync: async () => {
            clock.stop();
            await closeBotsAsync();
        },
    };
}

/** Delay of the timer above which the missed frames are dropped, in milliseconds. Receivers then get a gap instead of a burst. */
const catchUpMs = 200;

/** Clock that counts frames of 20 ms without drift: each frame is due at a fixed time after the first one, even if a timer is late. */
export class FrameClock {
    private readonly _onFrame: (frame: number) => void;
    private readonly _start = performance.now();
    private _frame = 0;
    private _timer: ReturnType<typeof setTimeout>;
    private _stopped = false;

    /** @param onFrame - called once per frame with the frame number, starting at once with 0; after dropped frames, the number jumps */
    public constructor(onFrame: (frame: number) => void) {
        this._onFrame = onFrame;
        this._timer = setTimeout(this._tick, 0);
    }

    /** Stops the clock. The callback is not called again. */
    public stop(): void {
        this._stopped = true;
        clearTimeout(this._timer);
    }

    private readonly _tick = (): void => {
        const due = Math.floor((performance.now() - this._start) / frameMs);
        if ((due - this._frame) * frameMs > catchUpMs) {
            this._frame = due;
        }
        this._timer = setTimeout(this._tick, Math.max(1, (due + 1) * frameMs - (performance.now() - this._start)));
        for (; this._frame <= due && !this._stopped; this._frame++) {
            this._onFrame(this._frame);
        }
    };
}
