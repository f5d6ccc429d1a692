import { BehaviorSubject, Subject } from "rxjs";
import type { IMediaPort, MicrophoneOpener, MicrophonePermission } from "../../src/capture/devices/mediaPort.js";
import { FakeTrack, fakeStream } from "./fakeMedia.js";
import { deferred } from "./deferred.js";
import type { IDeferred } from "./deferred.js";

/** A microphone that is connected and permitted unless a test changes that. */
export class FakeMicrophone implements IMediaPort {
    /** Constraints of all requests, in order. */
    public readonly asked: MediaTrackConstraints[] = [];
    /** Tracks of all opened streams, in order. */
    public readonly tracks: FakeTrack[] = [];
    /** Error with which all requests reject. Null: only a request for an unknown exact device rejects. */
    public failure: Error | null = null;
    /** Devices, as `enumerateDevices` lists them. */
    public listed: MediaDeviceInfo[] = [];
    public readonly changes$ = new Subject<void>();
    public readonly permission$ = new BehaviorSubject<MicrophonePermission>("granted");
    private _prompt: IDeferred<void> | null = null;

    /** Opens the microphone, like `getUserMedia`. */
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

    /** Replaces the list of devices and emits a change. */
    plug(...devices: MediaDeviceInfo[]): void {
        this.listed = devices;
        this.changes$.next();
    }

    /** Tracks that are not stopped yet. */
    get live(): readonly FakeTrack[] {
        return this.tracks.filter(({ readyState }) => readyState === "live");
    }

    /** Keeps the permission prompt open until the returned function is called. */
    holdPrompt(): () => void {
        const prompt = deferred();
        this._prompt = prompt;
        return () => {
            this._prompt = null;
            prompt.resolve();
        };
    }
}

/** Replaces the global `navigator`: its `mediaDevices.getUserMedia` opens the given microphone. */
export function installFakeMicrophone(microphone: FakeMicrophone): void {
    const mediaDevices = { getUserMedia: ({ audio }: { audio: MediaTrackConstraints }) => microphone.openAsync(audio) };
    Object.defineProperty(globalThis, "navigator", { value: { mediaDevices }, configurable: true, writable: true });
}

/** Error with which `getUserMedia` rejects: https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia */
export function mediaError(name: string): Error {
    return new DOMException(`The browser says ${name}.`, name);
}

/** A device as a browser lists it. */
export function deviceInfo(kind: MediaDeviceKind, deviceId: string, label = deviceId, groupId = deviceId): MediaDeviceInfo {
    return { kind, deviceId, label, groupId, toJSON: () => deviceId };
}
