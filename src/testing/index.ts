/**
 * In-memory fakes for tests of an app: a room source, and a transport with its server and sessions. They pass the same contract tests
 * as the real ones. Not loaded unless they are imported.
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
