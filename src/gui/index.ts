/**
 * Ready-made voice chat controls for the screen and for a headset. Start with {@link VoiceGui}. Requires `@babylonjs/gui`.
 * @module babylon-rtc/gui
 */
export { DomMirror, MirrorGroup, type IDomMirrorOptions } from "./accessibility/domMirror.js";
export type { IGuiOptions, IGuiSource } from "./guiContext.js";
export type { IconName } from "./kit/icons.js";
export type { IRosterModeration } from "./roster/rosterModeration.js";
export { NamePlate, type INamePlateOptions } from "./avatar/namePlate.js";
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
} from "./accessibility/operable.js";
export { RoomList, type IRoomListOptions } from "./rooms/roomList.js";
export type { IRoomTexts } from "./texts/roomTexts.js";
export { Roster, type IRosterOptions } from "./roster/roster.js";
export type { ISettingsStorage } from "./settings/settingsMemory.js";
export { SettingsPanel, type ISettingsPanelOptions } from "./settings/settingsPanel.js";
export type { IKeptSettings } from "./settings/settingsTable.js";
export type { ISettingsTexts, NoiseChoice } from "./texts/settingsTexts.js";
export { SpeakingRing, type ISpeakingRingOptions } from "./avatar/speakingRing.js";
export type { IActionHelp, IHelp } from "./texts/help.js";
export { defaultTexts, type GuiTextChanges, type IGuiTexts, type IWristTexts } from "./texts/texts.js";
export { defaultTheme, type IGuiTheme } from "./kit/theme.js";
export type { IInputHelp } from "./notices/helpLine.js";
export { Toasts, type IToastsOptions } from "./notices/toasts.js";
export { VoiceBar, type IGuiButton, type IVoiceBarOptions } from "./panel/voiceBar.js";
export { VoiceGui, type IScreenInsets, type IVoiceGuiOptions } from "./voiceGui.js";
export { VoicePanel, type IVoicePanelOptions } from "./panel/voicePanel.js";
export { voiceSignOf, type VoiceSign } from "./texts/voiceStateTexts.js";
export { VoiceSigns, type IVoiceSignsOptions } from "./avatar/voiceSigns.js";
export { WristMenu, type IWristMenuOptions } from "./xr/wristMenu.js";
export { XrBoard, type IXrBoardOptions } from "./xr/xrBoard.js";
