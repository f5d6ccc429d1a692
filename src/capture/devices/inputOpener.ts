import { RtcError } from "../../errors/rtcError.js";
import type { IChosenDevice } from "./deviceStorage.js";
import type { IMediaPort } from "./mediaPort.js";
import { constraintsOf, defaultProcessing, processingOf } from "../pipeline/processing.js";
import type { ICaptureProcessing } from "../pipeline/processing.js";

/** Without these, a person on loudspeakers sends everybody's voice back to them. */
const defaultConstraints: MediaTrackConstraints = { ...constraintsOf(defaultProcessing), channelCount: 1 };

/** Opens microphones as the app wants them, or gives copies of the app's own stream. */
export class InputOpener {
    private readonly _media: IMediaPort;
    private readonly _given: MediaStream | null;
    private readonly _constraints: MediaTrackConstraints;

    /**
     * @param media - the devices
     * @param source - constraints that add to ours, or a stream of the app's own
     */
    public constructor(media: IMediaPort, source: MediaTrackConstraints | MediaStream | undefined) {
        this._media = media;
        this._given = isStream(source) ? source : null;
        this._constraints = isStream(source) ? defaultConstraints : { ...defaultConstraints, ...source };
    }

    /** What is asked of the browser at first. */
    public get processing(): ICaptureProcessing {
        return processingOf(this._constraints);
    }

    /** Whether that is the app's own stream. */
    public isGiven(wanted: IChosenDevice | null): boolean {
        return this._given !== null && wanted === null;
    }

    /**
     * @param wanted - the device; null = the app's stream if there is one, otherwise the system's choice
     * @param how - whether another one will do
     * @param changes - what to ask of the browser other than at first
     * @returns a live track, which the caller stops
     */
    public async openAsync(
        wanted: IChosenDevice | null,
        how: "exact" | "ideal",
        changes: MediaTrackConstraints,
    ): Promise<MediaStreamTrack> {
        const given = wanted === null ? this._given : null;
        const stream =
            given ??
            (await this._media.openAsync({ ...this._constraints, ...changes, ...(wanted ? { deviceId: { [how]: wanted.id } } : {}) }));
        const [track, ...rest] = stream.getAudioTracks();
        if (!track || (given && track.readyState === "ended")) {
            throw new RtcError("microphoneMissing", "The given stream has no live audio track, so nobody hears you.");
        }
        if (given) {
            return track.clone();
        }
        rest.forEach((other) => other.stop());
        return track;
    }
}

/** @returns whether the app gave a stream of its own */
export function isStream(source: MediaTrackConstraints | MediaStream | undefined): source is MediaStream {
    return typeof MediaStream !== "undefined" && source instanceof MediaStream;
}
