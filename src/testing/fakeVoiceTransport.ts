import { RtcError } from "../index.js";
import type { IVoiceGrant, IVoiceJoinOptions, IVoiceTransport } from "../index.js";
import { FakeVoiceServer } from "./fakeVoiceServer.js";
import { FakeVoiceSession } from "./fakeVoiceSession.js";

/**
 * In-memory transport. All transports of one fake server share its RTC rooms.
 * @example
 * ```ts
 * import { RtcPlugin } from "babylon-rtc";
 * import { FakeRoomSource, FakeVoiceServer, FakeVoiceTransport } from "babylon-rtc/testing";
 *
 * const voices = new FakeVoiceServer({ tracks: false });
 * const rooms = new FakeRoomSource("alice");
 * const plugin = await RtcPlugin.AddToSceneAsync(scene, {
 *     server,
 *     user: { name: "Alice" },
 *     rooms,
 *     transport: new FakeVoiceTransport(voices),
 *     token: async ({ room, user }) => voices.grant({ room, user: user.id }),
 * });
 * rooms.enter("lobby");
 * ```
 */
export class FakeVoiceTransport implements IVoiceTransport {
    /** The fake server. */
    public readonly server: FakeVoiceServer;
    /** Grants that `joinAsync` was called with, in order. */
    public readonly joins: IVoiceGrant[] = [];
    /** Options that `joinAsync` was called with, in order. */
    public readonly joinOptions: IVoiceJoinOptions[] = [];
    /** Sessions that `joinAsync` has created, in order. */
    public readonly sessions: FakeVoiceSession[] = [];
    /** While set, `joinAsync` rejects with this error. */
    public failure: RtcError | null = null;
    /** True = `joinAsync` ignores its abort signal, and still returns a session. */
    public deaf = false;
    /** Number of calls of `prepareAsync`. */
    public preparations = 0;
    private _gate: Promise<void> = Promise.resolve();

    /** @param server - the fake server. Default: a new one. */
    public constructor(server = new FakeVoiceServer()) {
        this.server = server;
    }

    /** Sessions that are still in their room. */
    public get open(): readonly FakeVoiceSession[] {
        return this.sessions.filter(({ present }) => present);
    }

    /** The latest session; throws if there is none. */
    public get session(): FakeVoiceSession {
        const session = this.sessions.at(-1);
        if (!session) {
            throw new Error("No RTC room was entered yet.");
        }
        return session;
    }

    /**
     * Suspends all joins from now on.
     * @returns a function that lets these joins continue
     */
    public hold(): () => void {
        let release: () => void = () => undefined;
        const held = new Promise<void>((resolve) => (release = resolve));
        this._gate = held;
        return () => {
            if (this._gate === held) {
                this._gate = Promise.resolve();
            }
            release();
        };
    }

    /** Increments `preparations`, and resolves at once. */
    public async prepareAsync(): Promise<void> {
        this.preparations++;
    }

    /** Joins the RTC room of a grant, like a real transport. While `failure` is set, rejects with it. */
    public async joinAsync(grant: IVoiceGrant, signal: AbortSignal, options: IVoiceJoinOptions = {}): Promise<FakeVoiceSession> {
        this.joins.push(grant);
        this.joinOptions.push(options);
        await (this.deaf ? this._gate : Promise.race([this._gate, abortedAsync(signal)]));
        if (signal.aborted && !this.deaf) {
            throw new RtcError("aborted", "The operation was cancelled.");
        }
        if (this.failure) {
            throw this.failure;
        }
        const session = new FakeVoiceSession(this.server, this.server.verify(grant.token), options);
        this.sessions.push(session);
        return session;
    }
}

/** Resolves when the signal aborts. */
function abortedAsync(signal: AbortSignal): Promise<void> {
    return signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
