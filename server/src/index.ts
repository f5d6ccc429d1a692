/**
 * The server: rooms, RTC rooms, tokens and signalling on one port. Start with {@link createRtcServer}.
 * @module babylon-rtc-server
 */
export type { AppModeration, IAppControl, IPrivilegeChange } from "./appControl.js";
export { createRtcServer } from "./createRtcServer.js";
export type { IRtcServer } from "./createRtcServer.js";
export { createLog, eventLog } from "./log.js";
export type { ILogOptions, LogFields, LogFormat, LogLevel, RtcServerLog } from "./log.js";
export type { IMetricsOptions } from "./metrics/metricsServer.js";
export type {
    Authorize,
    IAuthorizeRequest,
    IGameServer,
    IIceServersRequest,
    IListedRoom,
    IPersonOfRoom,
    IRtcServerLimits,
    IRtcServerOptions,
    IRtcUser,
    ITurnOptions,
    IceServersOf,
    IsFriend,
} from "./config/serverOptions.js";
export { RtcServerError } from "./rtcServerError.js";
export type { RtcServerErrorCode } from "./rtcServerError.js";
export type {
    IServerEventMember,
    IServerEventRoom,
    IServerEventTarget,
    IServerEventUser,
    OnServerEvent,
    ServerEvent,
    ServerEventActor,
    ServerEventBody,
    ServerEventLeaveReason,
    ServerEventModeration,
} from "./serverEvents.js";
export { authorizeBy } from "./tokens/authorizeUrl.js";
export { issueGrantAsync } from "./tokens/grants.js";
export type { IGrantOptions, IIssuedGrant } from "./tokens/grants.js";
export type { PrivilegeWish } from "./tokens/privileges.js";
export type { IRate } from "./util/tokenBucket.js";
export type { IGrantReply, IIceServer, LeaveReason, Privilege, ProtocolErrorCode } from "../../protocol/wire.js";
