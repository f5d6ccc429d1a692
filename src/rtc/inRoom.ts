// What is needed once a room is entered, loaded then.
export { browserWays$ } from "../audio/browserWays.js";
export { Conversation } from "./conversation.js";
export { VoiceStage } from "./voiceStage.js";
