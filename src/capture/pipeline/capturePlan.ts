import type { WayToTalk } from "../talk/talkMode.js";
import { defaultTalkOptions } from "../talk/talkOptions.js";
import type { ITalkOptions } from "../talk/talkOptions.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";

/** The places for processors, in the order in which sound goes through them: ours, one against noise, the app's own. */
export type StageName = "highPass" | "suppressor" | "processor";

/** Gains of captured sound; a change rebuilds nothing. */
export interface ICaptureLevels {
    /** 0 to 4. */
    readonly volume: number;
    /** 0 to 4; 0 = nobody listens. */
    readonly monitorVolume: number;
}

/** All settings of the microphone's audio graph. */
export interface ICapturePlan extends ICaptureLevels, Readonly<Record<StageName, AudioProcessorFactory | null>> {
    readonly way: WayToTalk;
    readonly talkOptions: ITalkOptions;
}

/** Sends what is captured as it is. */
export const plainPlan: ICapturePlan = {
    highPass: null,
    suppressor: null,
    processor: null,
    volume: 1,
    monitorVolume: 0,
    way: "open",
    talkOptions: defaultTalkOptions,
};

/** @returns whether a plan takes an audio graph */
export function needsGraph(plan: ICapturePlan): boolean {
    return (Object.keys(plainPlan) as (keyof ICapturePlan)[]).some((key) => key !== "talkOptions" && plan[key] !== plainPlan[key]);
}
