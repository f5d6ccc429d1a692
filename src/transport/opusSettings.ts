import { checkOptions, merged } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";

/** Opus settings. Each client asks the others to send with its own settings, so all members of a room should use the same ones. */
export interface IOpusSettings {
    /** Target bitrate in bit/s, 6,000 to 510,000 (RFC 7587, section 6.1). Default: 32,000. */
    readonly bitrate: number;
    /** True = two channels are encoded if the microphone has two. A positional voice is mixed down to one channel. Default: false. */
    readonly stereo: boolean;
    /** Forward error correction (FEC): each packet carries a low-quality copy of the previous packet, in case that is lost. Default: true. */
    readonly fec: boolean;
    /** Discontinuous transmission (DTX): almost nothing is sent during silence. Default: true. */
    readonly dtx: boolean;
    /** Frame length, in milliseconds. A packet holds one frame. Shorter = less delay, more packets. Default: 20. */
    readonly frameMs: 10 | 20 | 40 | 60;
    /**
     * Adaptation to packet loss and to a lack of bandwidth. `full` = on packet loss, sends the audio twice if both browsers support RED (half as much
     * bitrate again), and lowers the rate to 12 kbit/s in packets of 60 ms when a queue grows; `rate` = only lowers the rate; `off` = neither. Default: `full`.
     */
    readonly adaptation: "full" | "rate" | "off";
}

/** Default settings. At 32 kbit/s, full-band speech is hard to tell from the original (RFC 7587, section 3.1.1, names 28–40 kbit/s). */
export const defaultOpusSettings: IOpusSettings = Object.freeze({
    bitrate: 32_000,
    stereo: false,
    fec: true,
    dtx: true,
    frameMs: 20,
    adaptation: "full",
});

/**
 * Checks Opus settings and fills in the defaults.
 * @param settings - settings of the caller
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
