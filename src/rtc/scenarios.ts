import { checkOptions } from "../errors/checkOptions.js";
import { defaultOpusSettings } from "../transport/opusSettings.js";
import type { IOpusSettings } from "../transport/opusSettings.js";

/** Kind of sound: selects how it is captured and coded. */
export type VoiceScenario = "music" | "highQualityCommunication" | "communication" | "media" | "gameStreaming";

/** Priority of delay or quality: selects packet time and buffering. */
export type VoiceProfile = "communication" | "liveBroadcasting" | "game" | "cloudGame" | "lowLatency";

/** Settings of a scenario and a profile. An app's own transport and microphone can be made with it. */
export interface IVoiceSettings {
    /** For `getUserMedia`. */
    readonly capture: Readonly<Pick<MediaTrackConstraints, "echoCancellation" | "noiseSuppression" | "autoGainControl" | "channelCount">>;
    /** Opus settings. */
    readonly opus: IOpusSettings;
    /** Minimum delay of the receive buffer, in milliseconds, so that late packets still come in time; null = the browser's choice. */
    readonly jitterTargetMs: number | null;
}

type Scenario = Pick<IVoiceSettings, "capture"> & { readonly opus: Pick<IOpusSettings, "bitrate" | "fec" | "dtx"> };
type Profile = Pick<IVoiceSettings, "jitterTargetMs"> & { readonly opus: Pick<IOpusSettings, "frameMs"> };

const speech = Object.freeze({ echoCancellation: "all", noiseSuppression: true, autoGainControl: true, channelCount: 1 });
const media = Object.freeze({ ...speech, noiseSuppression: false, autoGainControl: false });
const untouched = Object.freeze({ ...media, echoCancellation: false });

/**
 * MicroWar, the game that this service comes from, takes `gameStreaming`: full-band speech that leaves the line to the game while nobody
 * speaks. All are mono: a voice is heard from one place, and is mixed down before it is placed there.
 */
const scenarios: Readonly<Record<VoiceScenario, Scenario>> = Object.freeze({
    music: { capture: untouched, opus: { bitrate: 128_000, fec: false, dtx: false } },
    highQualityCommunication: { capture: speech, opus: { bitrate: 64_000, fec: true, dtx: false } },
    communication: { capture: speech, opus: { bitrate: 24_000, fec: true, dtx: true } },
    media: { capture: media, opus: { bitrate: 64_000, fec: true, dtx: false } },
    gameStreaming: { capture: speech, opus: { bitrate: 32_000, fec: true, dtx: true } },
});

/** Settings by scenario; docs/scenarios.md tells their cost and use. */
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
 * @param scenario - default: `gameStreaming`
 * @param profile - default: `game`
 * @returns what the two come to; throws `invalidArgument` for any other name
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
 * @param capture - what the scenario sets
 * @param microphone - the app's own constraints, which go over it, or a stream of the app's, which stays as it is
 * @returns what the microphone is opened with
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
