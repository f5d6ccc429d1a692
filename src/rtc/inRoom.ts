// What is needed once a room is entered, loaded then.
export { Conversation } from "./conversation.js";
export { VoiceStage } from "./voiceStage.js";
