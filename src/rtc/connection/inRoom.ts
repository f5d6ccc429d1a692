// What is needed once a room is entered, loaded then.
export { browserWays$ } from "../../audio/browserWays.js";
export { RoomSessions } from "./roomSessions.js";
export { MemberVoices } from "../remote/memberVoices.js";
