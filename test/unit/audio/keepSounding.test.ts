import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { Subject } from "rxjs";
import type { Subscription } from "rxjs";
import { AudioHost } from "../../../src/audio/audioHost.js";
import { conversing$ } from "../../../src/audio/audioSession.js";
import { keepSounding$ } from "../../../src/audio/keepSounding.js";

/** A context like WebKit's. `damaged` = its state is `running`, but its clock stands still. */
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
    /** Like Babylon's own promise once it has failed. */
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

    test("a context that was suspended behind our back is resumed", async () => {
        engine.change("suspended");
        await jest.advanceTimersByTimeAsync(400);
        expect(engine.state).toBe("running");
    });

    test("one that the app has paused stays paused, also when the page comes back and when it is clicked on", async () => {
        engine._pauseCalled = true;
        engine.change("suspended");
        returns$.next();
        gestures$.next();
        await jest.advanceTimersByTimeAsync(2_000);
        expect(asked()).toEqual([]);
    });

    test("during an interruption it is left alone, and resumed when the system has done no more than suspend it", async () => {
        engine.change("interrupted");
        session.change("interrupted");
        await jest.advanceTimersByTimeAsync(60_000);
        expect(asked()).toEqual([]);
        engine.change("suspended");
        await jest.advanceTimersByTimeAsync(400);
        expect(engine.state).toBe("running");
    });

    test("where the browser refuses, the next gesture of the user is tried", async () => {
        engine.allowed = false;
        engine.change("suspended");
        await jest.advanceTimersByTimeAsync(2_000);
        expect([engine.state, asked().length]).toEqual(["suspended", 1]);
        engine.allowed = true;
        gestures$.next();
        await jest.advanceTimersByTimeAsync(0);
        expect(engine.state).toBe("running");
    });

    test("a page that comes back to a context whose clock stands still suspends and resumes it, once for all the events of one return", async () => {
        engine._audioContext.damaged = true;
        returns$.next();
        returns$.next();
        await jest.advanceTimersByTimeAsync(400);
        expect(asked()).toEqual(["suspend", "resume"]);
        await jest.advanceTimersByTimeAsync(1_000);
        expect([engine.state, asked().length]).toEqual(["running", 2]);
    });

    test("one that sounds is left alone, and once unsubscribed nothing is tried", async () => {
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
    test("makes the page's audio session one of playing and recording, and gives the old type back", () => {
        const session = new FakeSession();
        session.type = "ambient";
        const life = conversing$(session).subscribe();
        expect(session.type).toBe("play-and-record");
        life.unsubscribe();
        expect(session.type).toBe("ambient");
    });

    test("leaves alone what the app has set meanwhile", () => {
        const session = new FakeSession();
        const life = conversing$(session).subscribe();
        session.type = "transient";
        life.unsubscribe();
        expect(session.type).toBe("transient");
    });

    test("does nothing where there is none", () => {
        expect(() => conversing$(null).subscribe().unsubscribe()).not.toThrow();
    });
});
