import { RtcError } from "../index.js";
import type { IVoiceGrant, IVoiceJoinOptions, IVoiceTransport } from "../index.js";
import { FakeVoiceServer } from "./fakeVoiceServer.js";
import { FakeVoiceSession } from "./fakeVoiceSession.js";

/** A transport in memory: all transports of one fake server meet in its RTC rooms. */
export class FakeVoiceTransport implements IVoiceTransport {
    /** The server whose rooms it enters. */
    public readonly server: FakeVoiceServer;
    /** Grants that were shown, in order. */
    public readonly joins: IVoiceGrant[] = [];
    /** Options of the joins, in order. */
    public readonly joinOptions: IVoiceJoinOptions[] = [];
    /** Sessions that came of the joins, in order. */
    public readonly sessions: FakeVoiceSession[] = [];
    /** Error of all joins while it is set. */
    public failure: RtcError | null = null;
    /** True = a join ignores its signal, so that it gives a session all the same. */
    public deaf = false;
    /** Number of calls of `prepareAsync`. */
    public preparations = 0;
    private _gate: Promise<void> = Promise.resolve();

    /** @param server - whose rooms it enters. Default: one of its own. */
    public constructor(server = new FakeVoiceServer()) {
        this.server = server;
    }

    /** Sessions that have not ended. */
    public get open(): readonly FakeVoiceSession[] {
        return this.sessions.filter(({ present }) => present);
    }

    /** The session that was entered last; throws if there is none. */
    public get session(): FakeVoiceSession {
        const session = this.sessions.at(-1);
        if (!session) {
            throw new Error("Nobody has entered an RTC room yet.");
        }
        return session;
    }

    /**
     * Lets joins wait.
     * @returns lets them go on
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

    /** Counts in `preparations`. @returns a promise that resolves at once */
    public async prepareAsync(): Promise<void> {
        this.preparations++;
    }

    /** As `joinAsync` of the real one. */
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
