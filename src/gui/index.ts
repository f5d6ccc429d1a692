/**
 * Ready controls for voice chat, on the screen and in a headset. Begin with {@link VoiceGui}. Needs `@babylonjs/gui`.
 * @module babylon-rtc/gui
 */
export { DomMirror, MirrorGroup, type IDomMirrorOptions } from "./domMirror.js";
export type { IGuiSource } from "./guiSource.js";
export type { IconName } from "./icons.js";
export type { IRosterModeration } from "./moderation.js";
export { NamePlate, type INamePlateOptions } from "./namePlate.js";
export type {
    IAdjustable,
    IChoosable,
    IGauge,
    IOption,
    IPressable,
    IReadable,
    ISwitchable,
    ITypable,
    Mirrorable,
    Operable,
} from "./operable.js";
export { RoomList, type IRoomListOptions } from "./roomList.js";
export type { IRoomTexts } from "./roomTexts.js";
export { Roster, type IGuiOptions, type IRosterOptions } from "./roster.js";
export type { IKeptSettings, ISettingsStorage } from "./settingsMemory.js";
export { SettingsPanel, type ISettingsPanelOptions } from "./settingsPanel.js";
export type { ISettingsTexts, NoiseChoice } from "./settingsTexts.js";
export { SpeakingRing, type ISpeakingRingOptions } from "./speakingRing.js";
export { defaultTexts, type GuiTextChanges, type IActionHelp, type IGuiTexts, type IHelp } from "./texts.js";
export { defaultTheme, type IGuiTheme } from "./theme.js";
export { Toasts, type IToastsOptions } from "./toasts.js";
export { VoiceBar, type IGuiButton, type IVoiceBarOptions } from "./voiceBar.js";
export { VoiceGui, type IVoiceGuiOptions } from "./voiceGui.js";
export { VoicePanel, type IVoicePanelOptions } from "./voicePanel.js";
export { voiceSignOf, type VoiceSign } from "./voiceSign.js";
export { VoiceSigns, type IVoiceSignsOptions } from "./voiceSigns.js";
export { WristMenu, type IWristMenuOptions } from "./wristMenu.js";
export type { IWristTexts } from "./wristTexts.js";
export { XrBoard, type IXrBoardOptions } from "./xrBoard.js";
