import { RtcError } from "../../src/errors/rtcError.js";
import type { IVoiceGrant, IVoiceJoinOptions, IVoiceTransport } from "../../src/transport/voiceTransport.js";
import { deferred } from "./deferred.js";
import type { IDeferred } from "./deferred.js";
import { FakeVoiceServer } from "./fakeVoiceServer.js";
import { FakeVoiceSession } from "./fakeVoiceSession.js";

const aborted = (): RtcError => new RtcError("aborted", "The operation was cancelled.");

/** Voices in memory: all transports of one server meet in its rooms. */
export class FakeVoiceTransport implements IVoiceTransport {
    public readonly server: FakeVoiceServer;
    /** The grants that were shown, in order. */
    public readonly joins: IVoiceGrant[] = [];
    /** What else was said while joining, in order. */
    public readonly joinOptions: IVoiceJoinOptions[] = [];
    /** The sessions that came of them, in order. */
    public readonly sessions: FakeVoiceSession[] = [];
    /** Why the next joins fail, while it is set. */
    public failure: RtcError | null = null;
    /** If true, a join takes no notice of its signal, and a session comes of it all the same. */
    public deaf = false;
    /** How often it was told to prepare. */
    public preparations = 0;
    private _gate: IDeferred<void> | null = null;

    constructor(server = new FakeVoiceServer()) {
        this.server = server;
    }

    /** The sessions that have not ended. */
    get open(): readonly FakeVoiceSession[] {
        return this.sessions.filter(({ present }) => present);
    }

    /** The session that was entered last; throws if there is none. */
    get session(): FakeVoiceSession {
        const session = this.sessions.at(-1);
        if (!session) {
            throw new Error("Nobody has entered yet.");
        }
        return session;
    }

    /** Lets joins wait until the returned function is called. */
    hold(): () => void {
        const gate = deferred();
        this._gate = gate;
        return () => {
            this._gate = null;
            gate.resolve();
        };
    }

    async prepareAsync(): Promise<void> {
        this.preparations++;
    }

    async joinAsync(grant: IVoiceGrant, signal: AbortSignal, options: IVoiceJoinOptions = {}): Promise<FakeVoiceSession> {
        this.joins.push(grant);
        this.joinOptions.push(options);
        const admitted = this._gate?.promise ?? Promise.resolve();
        await (this.deaf ? admitted : Promise.race([admitted, firing(signal)]));
        if (signal.aborted && !this.deaf) {
            throw aborted();
        }
        if (this.failure) {
            throw this.failure;
        }
        const session = new FakeVoiceSession(this.server, this.server.verify(grant.token), options);
        this.sessions.push(session);
        return session;
    }
}

function firing(signal: AbortSignal): Promise<void> {
    return signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
