import { checkOptions } from "../errors/checkOptions.js";
import { defaultOpusSettings } from "../transport/opusSettings.js";
import type { IOpusSettings } from "../transport/opusSettings.js";

/** Kind of sound: selects how it is captured and encoded. */
export type VoiceScenario = "music" | "highQualityCommunication" | "communication" | "media" | "gameStreaming";

/** Balance between low delay and quality: selects packet duration and jitter buffer. */
export type VoiceProfile = "communication" | "liveBroadcasting" | "game" | "cloudGame" | "lowLatency";

/** Settings of a scenario and a profile. Apps can use them for their own transport and microphone. */
export interface IVoiceSettings {
    /** Constraints for `getUserMedia`. */
    readonly capture: Readonly<Pick<MediaTrackConstraints, "echoCancellation" | "noiseSuppression" | "autoGainControl" | "channelCount">>;
    /** Opus settings. */
    readonly opus: IOpusSettings;
    /** Minimum delay of the jitter buffer, in milliseconds, so that late packets can still be played; null = the browser's choice. */
    readonly jitterTargetMs: number | null;
}

type Scenario = Pick<IVoiceSettings, "capture"> & { readonly opus: Pick<IOpusSettings, "bitrate" | "fec" | "dtx"> };
type Profile = Pick<IVoiceSettings, "jitterTargetMs"> & { readonly opus: Pick<IOpusSettings, "frameMs"> };

const speech = Object.freeze({ echoCancellation: "all", noiseSuppression: true, autoGainControl: true, channelCount: 1 });
const media = Object.freeze({ ...speech, noiseSuppression: false, autoGainControl: false });
const untouched = Object.freeze({ ...media, echoCancellation: false });

/**
 * Settings by scenario. MicroWar, the game that this service comes from, uses `gameStreaming`: full-band speech that leaves the bandwidth to the game
 * while nobody speaks. All scenarios are mono: a voice has one position, and is mixed down before it is positioned.
 */
const scenarios: Readonly<Record<VoiceScenario, Scenario>> = Object.freeze({
    music: { capture: untouched, opus: { bitrate: 128_000, fec: false, dtx: false } },
    highQualityCommunication: { capture: speech, opus: { bitrate: 64_000, fec: true, dtx: false } },
    communication: { capture: speech, opus: { bitrate: 24_000, fec: true, dtx: true } },
    media: { capture: media, opus: { bitrate: 64_000, fec: true, dtx: false } },
    gameStreaming: { capture: speech, opus: { bitrate: 32_000, fec: true, dtx: true } },
});

/** Settings by profile. docs/scenarios.md describes cost and use of scenarios and profiles. */
const profiles: Readonly<Record<VoiceProfile, Profile>> = Object.freeze({
    communication: { opus: { frameMs: 20 }, jitterTargetMs: null },
    liveBroadcasting: { opus: { frameMs: 40 }, jitterTargetMs: 200 },
    game: { opus: { frameMs: 20 }, jitterTargetMs: null },
    cloudGame: { opus: { frameMs: 10 }, jitterTargetMs: null },
    lowLatency: { opus: { frameMs: 10 }, jitterTargetMs: 0 },
});

/** All scenarios. */
export const voiceScenarios: readonly VoiceScenario[] = Object.freeze(Object.keys(scenarios) as VoiceScenario[]);
/** All profiles. */
export const voiceProfiles: readonly VoiceProfile[] = Object.freeze(Object.keys(profiles) as VoiceProfile[]);

/**
 * Combines the settings of a scenario and a profile.
 * @param scenario - default: `gameStreaming`
 * @param profile - default: `game`
 * @returns the settings; throws `invalidArgument` for an unknown name
 */
export function voiceSettings(scenario: VoiceScenario = "gameStreaming", profile: VoiceProfile = "game"): IVoiceSettings {
    const said = named(scenarios, scenario, "scenario");
    const sent = named(profiles, profile, "profile");
    return {
        capture: said.capture,
        opus: { ...defaultOpusSettings, ...said.opus, ...sent.opus },
        jitterTargetMs: sent.jitterTargetMs,
    };
}

/**
 * @param capture - constraints of the scenario
 * @param microphone - the app's own constraints, which override those of the scenario, or the app's own stream, which is used unchanged
 * @returns constraints or stream for the microphone
 */
export function microphoneFor(
    capture: IVoiceSettings["capture"],
    microphone: MediaTrackConstraints | MediaStream | undefined,
): MediaTrackConstraints | MediaStream {
    const isStream = typeof MediaStream !== "undefined" && microphone instanceof MediaStream;
    return isStream ? microphone : { ...capture, ...(microphone as MediaTrackConstraints | undefined) };
}

function named<Name extends string, Value>(table: Readonly<Record<Name, Value>>, name: Name, what: string): Value {
    checkOptions({ [what]: name }, `${what}!=${Object.keys(table).join("|")}`);
    return table[name];
}
