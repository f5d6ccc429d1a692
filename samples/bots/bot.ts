import { setTimeout as waitAsync } from "node:timers/promises";
import type { ITurnTaker } from "./conversation.js";
import type { IOpusClip } from "./oggOpus.js";
import type { IGuestReply, IGuestRequest } from "babylon-rtc-server/wire";
import { postAsync } from "./server.js";
import { Speaker } from "./speaker.js";
import type { IPose } from "./spots.js";
import { Stay } from "./stay.js";
import type { IBotVoice } from "./voices.js";

/** Server, room, voice and callbacks of a bot. */
export interface IBotOptions {
    /** URL of the server, without a trailing slash. */
    readonly server: string;
    /** Name of the room. */
    readonly room: string;
    readonly voice: IBotVoice;
    /** Returns the bot's current pose. */
    readonly pose: () => IPose;
    /** Receives the Opus packets of the other members. Default: none; the other members are then asked to send nothing. */
    readonly onPacket?: ((memberId: string, payload: Uint8Array, timestamp: number) => void) | undefined;
    /** Receives log lines about the bot. Default: none. */
    readonly log?: ((line: string) => void) | undefined;
}

/** Delay before each attempt to rejoin a lost room, in milliseconds. After the last attempt, the bot gives up. */
const returnMs: readonly number[] = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000, 15_000];
/** Minimum duration of a stay that resets the count of failed attempts, in milliseconds. */
const stableMs = 10_000;
/** Reasons after which a bot does not rejoin: it was removed, or another connection uses its identity. */
const final = /^(removed|duplicateIdentity)\b/;
/** Time before the expiry of an identity at which the bot stops using it for new joins, in milliseconds. */
const marginMs = 60_000;

/** A headless member. It uses the same protocol as a browser: joins a room, sends poses and voice, and rejoins after a lost connection. */
export class Bot implements ITurnTaker {
    /** Queue for the phrases that the bot speaks. */
    public readonly speaker = new Speaker();
    /** Recorded phrases of the bot's voice. */
    public readonly clips: readonly IOpusClip[];
    private readonly _options: IBotOptions;
    private readonly _leaving = new AbortController();
    private _guest: IGuestReply | null = null;
    /** Time until which `_guest` is used for joins, in milliseconds by `performance.now()`. */
    private _guestUntil = 0;
    private _stay: Stay | null = null;
    private _failures = 0;
    private _returning: Promise<void> = Promise.resolve();

    private constructor(options: IBotOptions) {
        this._options = options;
        this.clips = options.voice.clips;
    }

    /**
     * Creates a bot and joins the room.
     * @param options - server, room, voice and callbacks
     * @param signal - cancels joining
     * @returns the bot, once it has joined; the caller closes it. Rejects with an `Error`, and then nothing is left open.
     */
    public static async EnterAsync(options: IBotOptions, signal?: AbortSignal): Promise<Bot> {
        const bot = new Bot(options);
        await bot._enterAsync(signal);
        return bot;
    }

    /** Member id from the server. Empty if the bot has no identity at present. */
    public get id(): string {
        return this._guest?.user.id ?? "";
    }

    /** Ids of the members with a connected audio path. */
    public get connected(): readonly string[] {
        return this._stay?.connected ?? [];
    }

    /** {@inheritDoc ITurnTaker.present} */
    public get present(): boolean {
        return this.connected.length > 0;
    }

    /** Sends the voice of a frame, if the speaker has any. Must be called once per frame number. */
    public onFrame(frame: number): void {
        const voice = this.speaker.next(frame);
        if (voice) {
            this._stay?.send(voice);
        }
    }

    /** Leaves the room and stops rejoining. Afterwards, no socket and no timer is left. Never rejects. */
    public async closeAsync(): Promise<void> {
        this._leaving.abort(new Error("The bot leaves."));
        await this._returning;
        await this._stay?.closeAsync();
        this._stay = null;
    }

    private _hasLeft(): boolean {
        return this._leaving.signal.aborted;
    }

    private async _enterAsync(signal?: AbortSignal): Promise<void> {
        const { server, room, voice, pose, onPacket } = this._options;
        const way = signal ? AbortSignal.any([signal, this._leaving.signal]) : this._leaving.signal;
        if (this._guest === null || this._guestUntil < performance.now()) {
            const request: IGuestRequest = { name: voice.name };
            this._guest = await postAsync<IGuestReply>(`${server}/guest`, request, way);
            this._guestUntil = performance.now() + (this._guest.expiresInMs ?? Infinity) - marginMs;
        }
        const since = performance.now();
        this._stay = await Stay.EnterAsync({
            server,
            room,
            identity: this._guest.identity,
            attributes: { kind: "bot", color: voice.color },
            pose,
            onPacket,
            log: this._log,
            signal: way,
            onLost: (reason) => {
                this._log(`has lost the room: ${reason}`);
                this._failures = performance.now() - since > stableMs ? 0 : this._failures;
                this._returning = final.test(reason) ? this._dropAsync() : this._returnAsync();
            },
        });
    }

    private async _returnAsync(): Promise<void> {
        await this._dropAsync();
        while (!this._hasLeft()) {
            const delay = returnMs[this._failures++];
            if (delay === undefined) {
                this._log("gives up: the server cannot be reached");
                return;
            }
            try {
                await waitAsync(delay, undefined, { signal: this._leaving.signal });
                await this._enterAsync();
                this._log("is back");
                return;
            } catch (error) {
                // A restarted server may not accept an identity from before the restart.
                this._guest = null;
                if (!this._hasLeft()) {
                    this._log(`cannot rejoin yet: ${error instanceof Error ? error.message : String(error)}`);
                }
            }
        }
    }

    private async _dropAsync(): Promise<void> {
        await this._stay?.closeAsync();
        this._stay = null;
    }

    private readonly _log = (line: string): void => this._options.log?.(`${this._options.voice.name} ${line}`);
}
