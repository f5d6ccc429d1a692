import type { WayToTalk } from "../talk/talkMode.js";
import { defaultTalkOptions } from "../talk/talkOptions.js";
import type { ITalkOptions } from "../talk/talkOptions.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";

/** Stages of the chain, in processing order: built-in high-pass filter, noise suppressor, the app's own processor. */
export type StageName = "highPass" | "suppressor" | "processor";

/** Gains of the captured audio. A change does not rebuild the graph. */
export interface ICaptureLevels {
    /** 0 to 4. */
    readonly volume: number;
    /** 0 to 4; 0 = off. */
    readonly monitorVolume: number;
}

/** Part of the chain that can fail: a stage, or the gate of the talk mode. */
export type PartName = StageName | "way";

/** Settings of the parts of the chain. */
export interface IPartSettings extends Readonly<Record<StageName, AudioProcessorFactory | null>> {
    readonly way: WayToTalk;
    readonly talkOptions: ITalkOptions;
}

/** All settings of the microphone's audio graph. */
export interface ICapturePlan extends ICaptureLevels, IPartSettings {}

/** Default plan: sends the captured audio unchanged. */
export const plainPlan: ICapturePlan = {
    highPass: null,
    suppressor: null,
    processor: null,
    volume: 1,
    monitorVolume: 0,
    way: "open",
    talkOptions: defaultTalkOptions,
};

/** @returns true if the plan needs an audio graph */
export function needsGraph(plan: ICapturePlan): boolean {
    return (Object.keys(plainPlan) as (keyof ICapturePlan)[]).some((key) => key !== "talkOptions" && plan[key] !== plainPlan[key]);
}
