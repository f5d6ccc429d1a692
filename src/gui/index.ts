export { NamePlate, type INamePlateOptions } from "./namePlate.js";
export { SpeakingRing, type ISpeakingRingOptions } from "./speakingRing.js";
export { defaultTexts, type GuiTextChanges, type IActionHelp, type IGuiTexts, type IHelp } from "./texts.js";
export { defaultTheme, type IGuiTheme } from "./theme.js";
export { voiceSignOf, type VoiceSign } from "./voiceSign.js";
export { VoiceSigns, type IVoiceSignsOptions } from "./voiceSigns.js";
