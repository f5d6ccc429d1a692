/**
 * Fakes in memory, for tests of an app: a source of rooms, and a transport with its server and sessions. They are held to the same contract
 * as the real ones. Nothing of it is loaded unless it is imported.
 * @module babylon-rtc/testing
 */
export { FakeListedRoomSource, FakeRoomSource, fakeMember } from "./fakeRoomSource.js";
export { FakeTrack } from "./fakeTrack.js";
export { FakeVoiceServer } from "./fakeVoiceServer.js";
export {
    FakeRemoteTrack,
    FakeRtcRoom,
    FakeVoiceSession,
    type IFakeClaims,
    type IFakeGatekeeper,
    type IFakeSender,
} from "./fakeVoiceSession.js";
export { FakeVoiceTransport } from "./fakeVoiceTransport.js";
