import { setTimeout as waitAsync } from "node:timers/promises";
import type { ITurnTaker } from "./conversation.js";
import type { IOpusClip } from "./oggOpus.js";
import type { IGuestReply, IGuestRequest } from "babylon-rtc-server";
import { postAsync } from "./server.js";
import { Speaker } from "./speaker.js";
import type { IPose } from "./spots.js";
import { Stay } from "./stay.js";
import type { IBotVoice } from "./voices.js";

/** Identity and room of a bot. */
export interface IBotOptions {
    /** The server's address, without a slash at the end. */
    readonly server: string;
    /** The room's name. */
    readonly room: string;
    readonly voice: IBotVoice;
    /** Present place of the bot. */
    readonly pose: () => IPose;
    /** Hears what the other members say. Default: nobody listens, and the others are asked to send nothing. */
    readonly onPacket?: ((memberId: string, payload: Uint8Array, timestamp: number) => void) | undefined;
    readonly log?: ((line: string) => void) | undefined;
}

/** Delays before a bot that lost the room comes back, in milliseconds; after the last it stays away. */
const returnMs: readonly number[] = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000, 15_000];
/** A stay that held this long counts as a success, in milliseconds. */
const stableMs = 10_000;
/** The server's reasons after which a bot does not come back: it was put out, or somebody else took its place. */
const final = /^(removed|duplicateIdentity)\b/;
/** An identity is asked for anew this long before it ends, in milliseconds. */
const marginMs = 60_000;

/** A headless member: enters a room as a person's browser does, stands there, speaks, and comes back when the connection was lost. */
export class Bot implements ITurnTaker {
    /** Sink of the bot's voice. */
    public readonly speaker = new Speaker();
    /** The phrases of its voice. */
    public readonly clips: readonly IOpusClip[];
    private readonly _options: IBotOptions;
    private readonly _leaving = new AbortController();
    private _guest: IGuestReply | null = null;
    /** By `performance.now()`. */
    private _guestUntil = 0;
    private _stay: Stay | null = null;
    private _failures = 0;
    private _returning: Promise<void> = Promise.resolve();

    private constructor(options: IBotOptions) {
        this._options = options;
        this.clips = options.voice.clips;
    }

    /**
     * Sends a bot into a room.
     * @param options - who it is, and where
     * @param signal - cancels the way in
     * @returns the bot, once it is inside; the caller closes it. Rejects with an `Error`, and then nothing is left open.
     */
    public static async EnterAsync(options: IBotOptions, signal?: AbortSignal): Promise<Bot> {
        const bot = new Bot(options);
        await bot._enterAsync(signal);
        return bot;
    }

    /** Its id as the server knows it. */
    public get id(): string {
        return this._guest?.user.id ?? "";
    }

    /** Ids of the members to whom an audio path stands. */
    public get connected(): readonly string[] {
        return this._stay?.connected ?? [];
    }

    /** {@inheritDoc ITurnTaker.present} */
    public get present(): boolean {
        return this.connected.length > 0;
    }

    /** Sends what it says in this frame. */
    public onFrame(frame: number): void {
        const voice = this.speaker.next(frame);
        if (voice) {
            this._stay?.send(voice);
        }
    }

    /** Leaves for good; no socket and no timer is left. Never rejects. */
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
                this._log("stays away: the server cannot be reached");
                return;
            }
            try {
                await waitAsync(delay, undefined, { signal: this._leaving.signal });
                await this._enterAsync();
                this._log("is back");
                return;
            } catch (error) {
                // A server that was started anew may not know the identity that the old one gave.
                this._guest = null;
                if (!this._hasLeft()) {
                    this._log(`cannot come back yet: ${error instanceof Error ? error.message : String(error)}`);
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
