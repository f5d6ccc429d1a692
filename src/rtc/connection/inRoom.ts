// What is needed once a room is entered, loaded then.
export { browserWays$ } from "../../audio/browserWays.js";
export { VoiceConnection } from "./voiceConnection.js";
export { MemberVoices } from "../remote/memberVoices.js";
