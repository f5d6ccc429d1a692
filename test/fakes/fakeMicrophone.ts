import { BehaviorSubject, Subject } from "rxjs";
import type { IMediaPort, MicrophoneOpener, MicrophonePermission } from "../../src/capture/devices/mediaPort.js";
import { FakeTrack, fakeStream } from "./fakeMedia.js";
import { deferred } from "./deferred.js";
import type { IDeferred } from "./deferred.js";

/** A microphone that is plugged in, and whose user allows it, unless a test says otherwise. */
export class FakeMicrophone implements IMediaPort {
    /** Requests, in order. */
    public readonly asked: MediaTrackConstraints[] = [];
    /** Streams given out, in order. */
    public readonly tracks: FakeTrack[] = [];
    /** Why the next requests fail, while it is set. */
    public failure: Error | null = null;
    /** Further devices, as a browser lists them. */
    public listed: MediaDeviceInfo[] = [];
    public readonly changes$ = new Subject<void>();
    public readonly permission$ = new BehaviorSubject<MicrophonePermission>("granted");
    private _prompt: IDeferred<void> | null = null;

    /** Parts for a `Microphone`. */
    public readonly openAsync: MicrophoneOpener = async (constraints) => {
        this.asked.push(constraints);
        await this._prompt?.promise;
        if (this.failure !== null) {
            throw this.failure;
        }
        const { exact, ideal } = (constraints.deviceId ?? {}) as ConstrainDOMStringParameters;
        const named = this.listed.find(({ deviceId }) => deviceId === (exact ?? ideal));
        const device = named ?? this.listed.find(({ kind }) => kind === "audioinput");
        if (exact !== undefined && !named) {
            throw mediaError("OverconstrainedError");
        }
        const track = new FakeTrack(device?.label ?? "microphone", device ? { deviceId: device.deviceId } : {});
        this.tracks.push(track);
        return fakeStream(track);
    };

    listAsync(): Promise<readonly MediaDeviceInfo[]> {
        return Promise.resolve(this.listed);
    }

    /** Plugs things in and out: from now on there are these. */
    plug(...devices: MediaDeviceInfo[]): void {
        this.listed = devices;
        this.changes$.next();
    }

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
    const mediaDevices = { getUserMedia: ({ audio }: { audio: MediaTrackConstraints }) => microphone.openAsync(audio) };
    Object.defineProperty(globalThis, "navigator", { value: { mediaDevices }, configurable: true, writable: true });
}

/** Error that a browser throws where there is no microphone: https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia */
export function mediaError(name: string): Error {
    return new DOMException(`The browser says ${name}.`, name);
}

/** A device as a browser lists it. */
export function deviceInfo(kind: MediaDeviceKind, deviceId: string, label = deviceId, groupId = deviceId): MediaDeviceInfo {
    return { kind, deviceId, label, groupId, toJSON: () => deviceId };
}
