import { Bot } from "./bot.js";
import { Conversation } from "./conversation.js";
import { frameMs } from "./oggOpus.js";
import { poseOf } from "./spots.js";
import { loadVoicesAsync } from "./voices.js";

/** Which bots, and where. */
export interface IBotsOptions {
    /** Address of a babylon-rtc-server in development mode (bots are guests), its path included. */
    readonly server: string;
    /** Name of the room; made where there is none. */
    readonly room: string;
    /** Number of bots, 0 or more. The voices are four; further bots share them. */
    readonly count: number;
    /** Cancels the start; once it has succeeded, use `closeAsync`. */
    readonly signal?: AbortSignal;
    /** Hears what happens to the bots, a line at a time. Default: nobody. */
    readonly log?: (line: string) => void;
}

/** Bots that are in their room. */
export interface IBots {
    /** Takes all bots out of the room and stops them; no socket and no timer is left. Never rejects. */
    closeAsync(): Promise<void>;
}

// The same from where this file is and from where it is compiled to (dist/bots).
const clips = new URL("../../samples/bots/clips/", import.meta.url);

/**
 * Sends headless members into a room: they stand near the arena's entrance and speak recorded phrases, one after the other, each in a voice of its own.
 * @param options - which, and where
 * @returns the bots, once all are in the room; the caller closes them. Rejects with an `Error` if one cannot enter, and then nothing is left open.
 */
export async function startBotsAsync(options: IBotsOptions): Promise<IBots> {
    const { room, count, signal, log } = options;
    if (!Number.isInteger(count) || count < 0) {
        throw new Error(`The number of bots must be 0 or a whole number above, not ${count}.`);
    }
    signal?.throwIfAborted();
    const server = options.server.replace(/\/+$/, "");
    const voices = await loadVoicesAsync(clips);
    const bots: Bot[] = [];
    const closeBotsAsync = async (): Promise<void> => {
        await Promise.all(bots.map((bot) => bot.closeAsync()));
    };
    try {
        // One after the other, so that they stand in the room's list in the order of their spots.
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

/** A process that was held up longer than this lets the missed frames go, in milliseconds: receivers hear a gap, not a burst. */
const catchUpMs = 200;

/** Counts 20 ms frames without drift: each is due at a fixed time after the first, however late the timer fires. */
export class FrameClock {
    private readonly _onFrame: (frame: number) => void;
    private readonly _start = performance.now();
    private _frame = 0;
    private _timer: ReturnType<typeof setTimeout>;
    private _stopped = false;

    /** @param onFrame - called once a frame with its number; begins at once */
    public constructor(onFrame: (frame: number) => void) {
        this._onFrame = onFrame;
        this._timer = setTimeout(this._tick, 0);
    }

    /** Stops; nothing is called afterwards. */
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
