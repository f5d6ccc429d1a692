export { RtcError, type RtcErrorCode } from "./rtcError.js";
export type { IRoomJoinOptions, IRoomMember, IRoomMessage, IRoomService, IRoomSource, RoomStatus } from "./room/room.js";
export type {
    ConnectionState,
    IRemoteVoice,
    IVoiceGrant,
    IVoiceSession,
    IVoiceTransport,
    MutedState,
    VoiceInterest,
} from "./transport/voiceTransport.js";
export type { ISpatialVoiceOptions } from "./spatial/spatialVoiceOptions.js";
