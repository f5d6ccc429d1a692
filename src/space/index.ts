/**
 * Voices and the other sounds of a scene. Not loaded unless it is imported.
 * @module babylon-rtc/space
 */
export { Ducking, type IDuckedBus, type IDuckingOptions, type IDuckingVoices } from "./ducking.js";
