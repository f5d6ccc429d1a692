import { checkOptions, merged } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";

/** Opus settings. Each end asks the other for it, so all members of a room should have the same. */
export interface IOpusSettings {
    /** Target bitrate in bit/s, 6,000 to 510,000 (RFC 7587, section 6.1). Default: 32,000. */
    readonly bitrate: number;
    /** True = two channels are coded where the microphone has two. A voice in space is mixed down to one. Default: false. */
    readonly stereo: boolean;
    /** Forward error correction (FEC): packets carry a rough copy of the packet before, for when that is lost. Default: true. */
    readonly fec: boolean;
    /** Discontinuous transmission (DTX): next to nothing is sent in silence. Default: true. */
    readonly dtx: boolean;
    /** Length of a frame, one in each packet, in milliseconds. Shorter = less delay, more packets. Default: 20. */
    readonly frameMs: 10 | 20 | 40 | 60;
    /**
     * Adaptation to a line that loses packets, or takes no more: `full` = sends what may get lost twice where both browsers know RED (half as much
     * bitrate again), and goes down to 12 kbit/s in packets of 60 ms where a queue grows; `rate` = the latter only; `off` = neither. Default: `full`.
     */
    readonly adaptation: "full" | "rate" | "off";
}

/** 32 kbit/s: full-band speech that is hard to tell from the original (RFC 7587, section 3.1.1, names 28–40 kbit/s). */
export const defaultOpusSettings: IOpusSettings = Object.freeze({
    bitrate: 32_000,
    stereo: false,
    fec: true,
    dtx: true,
    frameMs: 20,
    adaptation: "full",
});

/**
 * @param settings - what the caller set
 * @returns the complete settings; throws `invalidArgument`
 */
export function resolveOpusSettings(settings: Partial<IOpusSettings> = {}): IOpusSettings {
    checkOptions(
        settings,
        "bitrate=6000..510000 stereo=boolean fec=boolean dtx=boolean frameMs=10..60 adaptation=full|rate|off",
        "option opus.",
    );
    const resolved = merged(defaultOpusSettings, settings);
    if (![10, 20, 40, 60].includes(resolved.frameMs)) {
        throw new RtcError("invalidArgument", `A frame lasts 10, 20, 40 or 60 ms, not ${resolved.frameMs}.`);
    }
    return resolved;
}
