/**
 * Positional voice chat for Babylon.js scenes: players enter a room and hear each other from their avatars. The entry point is {@link RtcPlugin}.
 * @module babylon-rtc
 */
export { audioGate, type IGatedVoice } from "./audio/audioGate.js";
export type { AudioState } from "./audio/audioHost.js";
export type { IAudioGateOptions } from "./audio/gateButton.js";
export type { AudioProcessorFactory, FrameFunction, IAudioProcessor } from "./capture/pipeline/audioProcessor.js";
export { frameProcessor } from "./capture/pipeline/frameProcessor.js";
export type { IRtcCheckOptions, IRtcCheckRow, RtcCheckId } from "./check/checkRow.js";
export type { DeviceForm, IAudioDevice } from "./capture/devices/audioDevice.js";
export type { MicrophoneState } from "./capture/microphoneState.js";
export type { DeviceEvent, DeviceFault } from "./capture/devices/deviceEvents.js";
export type { IChosenDevice, IDeviceChoice, IDeviceStorage } from "./capture/devices/deviceStorage.js";
export type { MicrophonePermission } from "./capture/devices/mediaPort.js";
export type { Microphone } from "./capture/microphone.js";
export type { EchoCancellation, ICaptureProcessing } from "./capture/pipeline/processing.js";
export { gamepadButtonHeld$, heldBetween$, keyHeld$, xrButtonHeld$, type IButtonSource } from "./capture/talk/talkButtons.js";
export type { WayToTalk } from "./capture/talk/talkMode.js";
export type { ITalkOptions } from "./capture/talk/talkOptions.js";
export { useHeadsetMicrophone, type IXrStateSource } from "./capture/devices/xrMicrophone.js";
export { invitationFrom, invitationLink } from "./room/invitation.js";
export type { IRoomMember, IRoomSource, RoomStatus } from "./room/room.js";
export type { MemberLeaveReason, RoomAction, RoomEvent, RoomLeaveReason } from "./room/roomEvent.js";
export type { IRoomInfo, IRoomInvitation, IRoomList, IRoomSummary, JoinPolicy } from "./room/roomInfo.js";
export type { IRoomEntryOptions, IRoomJoinOptions, IRoomMessage, IRoomService, ISelfChanges } from "./room/roomService.js";
export { colyseusRoomSource, roomSourceOf, type IColyseusRoomLike, type IColyseusRoomSource } from "./room/roomSources.js";
export type { IRtcUser } from "./room/serverIdentity.js";
export type { GrantSource, IGrantRequest } from "./rtc/connection/grantSource.js";
// eslint-disable-next-line @typescript-eslint/no-deprecated -- the old name works, too
export type { IRidingOptions } from "./rtc/rtcMessages.js";
export type { IRtpDataOptions, RtcMessages } from "./rtc/rtcMessages.js";
export type { MemberLeftReason, PublishedReason, RtcEvent, RtcScope, UnpublishedReason } from "./rtc/events/rtcEvents.js";
export { levelOf$ } from "./rtc/remote/levelOf.js";
export type { Moderation } from "./rtc/moderation.js";
export type { ILevel, ILevels, ILevelsOptions } from "./rtc/remote/levels.js";
export { RtcBehavior } from "./rtc/rtcBehavior.js";
export type { IRtcBehaviorOptions, ISelf, VoiceConnectionState } from "./rtc/rtcBehaviorOptions.js";
export {
    voiceProfiles,
    voiceScenarios,
    voiceSettings,
    type IVoiceSettings,
    type VoiceProfile,
    type VoiceScenario,
} from "./rtc/scenarios.js";
export type { LinkQuality } from "./rtc/statistics/linkQuality.js";
export type { ILinkStatistics, IVoiceStatistics } from "./rtc/statistics/statistics.js";
export type { IJoinFacts, LeftReason } from "./rtc/connection/sessionInfo.js";
export type { IVoice } from "./rtc/remote/memberVoice.js";
export type { VoiceControls } from "./rtc/voiceControls.js";
export type { AvatarOf } from "./rtc/remote/memberVoices.js";
export type { IVoiceChoices, IVoiceStorage } from "./rtc/remote/preferenceStorage.js";
export { RtcError, type RtcErrorCode } from "./errors/rtcError.js";
export type { ISceneMoveOptions } from "./pluginScene.js";
export { RtcPlugin, type IRtcPluginOptions } from "./rtcPlugin.js";
export { LipSyncBehavior, type ILipSyncOptions } from "./spatial/lipSyncBehavior.js";
export type { IListenerNodes } from "./spatial/sceneListener.js";
export type { ISpatialVoiceOptions } from "./spatial/spatialVoiceOptions.js";
export { VoiceBehavior, type IVoiceBehaviorOptions } from "./spatial/voiceBehavior.js";
export type { ILinkFacts, LinkPath, SendMode } from "./transport/linkFacts.js";
export type { IOpusSettings } from "./transport/opusSettings.js";
export type { ISilentTrack } from "./transport/mesh/mesh.js";
export { PeerJsTransport, type IPeerJsTransportOptions } from "./transport/serverTransport.js";
export { DefaultRetryPolicy, EnduringRetryPolicy, type IRetryContext, type IRetryPolicy } from "./transport/retryPolicy.js";
export type { IMessageOptions, IVoiceDataMessage, IVoiceMessage, IVoiceMessages, IVoiceRtpData } from "./transport/voiceMessages.js";
// eslint-disable-next-line @typescript-eslint/no-deprecated -- the old name works, too
export type { IVoiceRiding } from "./transport/voiceMessages.js";
export type {
    ConnectionState,
    IOwnVoiceState,
    IRemoteVoice,
    IVoiceDeparture,
    IVoiceGrant,
    IVoiceJoinOptions,
    IVoicePrivileges,
    IVoiceSession,
    IVoiceTransport,
    ModerationAction,
    MutedState,
    VoiceDepartureReason,
    VoiceInterest,
    VoiceLink,
    VoiceNotice,
} from "./transport/voiceTransport.js";
