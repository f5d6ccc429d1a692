import type { MicrophoneOpener } from "../../src/capture/microphone.js";
import { FakeTrack, fakeStream } from "./fakeMedia.js";
import { deferred } from "./deferred.js";
import type { IDeferred } from "./deferred.js";

/** A microphone that is plugged in, and whose user allows it, unless a test says otherwise. */
export class FakeMicrophone {
    /** What was asked for, in order. */
    public readonly asked: MediaTrackConstraints[] = [];
    /** What was given out, in order. */
    public readonly tracks: FakeTrack[] = [];
    /** Why the next requests fail, while it is set. */
    public failure: Error | null = null;
    private _prompt: IDeferred<void> | null = null;

    /** What is given to a `Microphone`. */
    public readonly open: MicrophoneOpener = async (constraints) => {
        this.asked.push(constraints);
        await this._prompt?.promise;
        if (this.failure !== null) {
            throw this.failure;
        }
        const track = new FakeTrack("microphone");
        this.tracks.push(track);
        return fakeStream(track);
    };

    /** Those that were given out and not stopped yet. */
    get live(): readonly FakeTrack[] {
        return this.tracks.filter(({ readyState }) => readyState === "live");
    }

    /** Lets the user think until the returned function is called. */
    holdPrompt(): () => void {
        const prompt = deferred();
        this._prompt = prompt;
        return () => {
            this._prompt = null;
            prompt.resolve();
        };
    }
}

/** Puts this microphone where a browser has its own. */
export function installFakeMicrophone(microphone: FakeMicrophone): void {
    const mediaDevices = { getUserMedia: ({ audio }: { audio: MediaTrackConstraints }) => microphone.open(audio) };
    Object.defineProperty(globalThis, "navigator", { value: { mediaDevices }, configurable: true, writable: true });
}

/** What a browser throws where there is no microphone to be had: https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia */
export function mediaError(name: string): Error {
    return new DOMException(`The browser says ${name}.`, name);
}
