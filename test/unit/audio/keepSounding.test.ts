import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { Subject } from "rxjs";
import type { Subscription } from "rxjs";
import { AudioHost } from "../../../src/audio/audioHost.js";
import { conversing$ } from "../../../src/audio/audioSession.js";
import { keepSounding$ } from "../../../src/audio/keepSounding.js";

/** A context like WebKit's. `damaged` = its clock stands still although its state is `running`. */
class FakeContext extends EventTarget {
    public readonly asked: string[] = [];
    public damaged = false;
    private readonly _engine: FakeEngine;

    constructor(engine: FakeEngine) {
        super();
        this._engine = engine;
    }

    get currentTime(): number {
        return this._engine.state === "running" && !this.damaged ? Date.now() : 0;
    }

    resume = async (): Promise<void> => {
        this.asked.push("resume");
        if (this._engine.state !== "interrupted" && this._engine.allowed) {
            this._engine.change("running");
        }
    };

    suspend = async (): Promise<void> => {
        this.asked.push("suspend");
        this.damaged = false;
        this._engine.change("suspended");
    };
}

class FakeEngine {
    public state = "running";
    public allowed = true;
    public _pauseCalled = false;
    public readonly _audioContext = new FakeContext(this);
    /** Babylon returns its first promise until the context runs: once that promise has rejected, later calls reject as well. */
    public readonly resumeAsync = () => Promise.reject(new Error("Babylon's first promise"));

    change(state: string): void {
        this.state = state;
        this._audioContext.dispatchEvent(new Event("statechange"));
    }
}

class FakeSession extends EventTarget {
    public type = "auto";
    public state = "active";

    change(state: string): void {
        this.state = state;
        this.dispatchEvent(new Event("statechange"));
    }
}

describe("keepSounding$", () => {
    let engine: FakeEngine;
    let session: FakeSession;
    let gestures$: Subject<void>;
    let returns$: Subject<void>;
    let life: Subscription;
    const asked = (): string[] => engine._audioContext.asked;

    beforeEach(() => {
        jest.useFakeTimers();
        engine = new FakeEngine();
        session = new FakeSession();
        gestures$ = new Subject();
        returns$ = new Subject();
        const host = AudioHost.For(engine as unknown as AudioEngineV2);
        life = keepSounding$(host, { gestures$, returns$, session }).subscribe();
    });

    afterEach(() => {
        life.unsubscribe();
        jest.useRealTimers();
    });

    test("resumes a context that the system has suspended", async () => {
        engine.change("suspended");
        await jest.advanceTimersByTimeAsync(400);
        expect(engine.state).toBe("running");
    });

    test("does not resume a context that the app has paused, even on a return of the page or a gesture", async () => {
        engine._pauseCalled = true;
        engine.change("suspended");
        returns$.next();
        gestures$.next();
        await jest.advanceTimersByTimeAsync(2_000);
        expect(asked()).toEqual([]);
    });

    test("waits during an interruption, and resumes the context once it is only suspended", async () => {
        engine.change("interrupted");
        session.change("interrupted");
        await jest.advanceTimersByTimeAsync(60_000);
        expect(asked()).toEqual([]);
        engine.change("suspended");
        await jest.advanceTimersByTimeAsync(400);
        expect(engine.state).toBe("running");
    });

    test("retries on the next gesture of the user if the browser refuses", async () => {
        engine.allowed = false;
        engine.change("suspended");
        await jest.advanceTimersByTimeAsync(2_000);
        expect([engine.state, asked().length]).toEqual(["suspended", 1]);
        engine.allowed = true;
        gestures$.next();
        await jest.advanceTimersByTimeAsync(0);
        expect(engine.state).toBe("running");
    });

    test("suspends and resumes a context whose clock stands still, once per return of the page", async () => {
        engine._audioContext.damaged = true;
        returns$.next();
        returns$.next();
        await jest.advanceTimersByTimeAsync(400);
        expect(asked()).toEqual(["suspend", "resume"]);
        await jest.advanceTimersByTimeAsync(1_000);
        expect([engine.state, asked().length]).toEqual(["running", 2]);
    });

    test("does nothing for a running context, and nothing after unsubscribing", async () => {
        returns$.next();
        gestures$.next();
        await jest.advanceTimersByTimeAsync(1_000);
        expect(asked()).toEqual([]);
        life.unsubscribe();
        engine.change("suspended");
        gestures$.next();
        await jest.advanceTimersByTimeAsync(1_000);
        expect([asked(), jest.getTimerCount()]).toEqual([[], 0]);
    });
});

describe("conversing$", () => {
    test("sets the type of the audio session to play-and-record, and restores the old type", () => {
        const session = new FakeSession();
        session.type = "ambient";
        const life = conversing$(session).subscribe();
        expect(session.type).toBe("play-and-record");
        life.unsubscribe();
        expect(session.type).toBe("ambient");
    });

    test("keeps a type that the app has set meanwhile", () => {
        const session = new FakeSession();
        const life = conversing$(session).subscribe();
        session.type = "transient";
        life.unsubscribe();
        expect(session.type).toBe("transient");
    });

    test("does nothing without an audio session", () => {
        expect(() => conversing$(null).subscribe().unsubscribe()).not.toThrow();
    });
});
