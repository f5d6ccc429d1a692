// Module that is loaded when a room is first entered.
export { browserWays$ } from "../../audio/browserWays.js";
export { RoomSessions } from "./roomSessions.js";
export { stayEvents$ } from "../events/stayEvents.js";
export { MemberVoices } from "../remote/memberVoices.js";
