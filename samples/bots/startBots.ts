import { Bot } from "./bot.js";
import { Conversation } from "./conversation.js";
import { frameMs } from "./oggOpus.js";
import { poseOf } from "./spots.js";
import { loadVoicesAsync } from "./voices.js";

/** Options for starting bots. */
export interface IBotsOptions {
    /** URL of a babylon-rtc-server in development mode (bots are guests), including its path. */
    readonly server: string;
    /** Name of the room. Created if it does not exist. */
    readonly room: string;
    /** Number of bots, 0 or more. There are four voices; further bots share them. */
    readonly count: number;
    /** Cancels the start. No effect after the start; use `closeAsync` then. */
    readonly signal?: AbortSignal;
    /** Receives log lines about the bots. Default: none. */
    readonly log?: (line: string) => void;
}

/** Handle to running bots. */
export interface IBots {
    /** Makes all bots leave and stops them. No socket and no timer is left. Never rejects. */
    closeAsync(): Promise<void>;
}

// The relative path is valid from this file and from its compiled output (dist/bots).
const clips = new URL("../../samples/bots/clips/", import.meta.url);

/**
 * Starts headless members in a room. They stand near the arena's entrance and speak recorded phrases in turn, with different voices.
 * @param options - server, room and number of bots
 * @returns the bots, once all have joined; the caller closes them. Rejects with an `Error` if one cannot join, and then nothing is left open.
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
        // Sequentially, so that the room's member list is in the order of the spots.
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

/** Delay above which missed frames are dropped, in milliseconds. Receivers then get a gap, not a burst. */
const catchUpMs = 200;

/** Counts 20 ms frames without drift: each frame is due at a fixed time after the first, even if the timer is late. */
export class FrameClock {
    private readonly _onFrame: (frame: number) => void;
    private readonly _start = performance.now();
    private _frame = 0;
    private _timer: ReturnType<typeof setTimeout>;
    private _stopped = false;

    /** @param onFrame - called once per frame with the frame number; starts immediately */
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
