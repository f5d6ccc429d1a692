import { EMPTY, of } from "rxjs";
import * as rtc from "../../../src/index.js";
import { Moderation } from "../../../src/rtc/moderation.js";
import { RtcMessages } from "../../../src/rtc/rtcMessages.js";
import { ServerRoomService } from "../../../src/room/serverRoomService.js";
import { ServerIdentity } from "../../../src/room/serverIdentity.js";
import { VoicePreferences } from "../../../src/rtc/remote/voicePreferences.js";
import { checkOptions } from "../../../src/errors/checkOptions.js";
import { levels$ } from "../../../src/rtc/remote/levels.js";
import { resolveProcessing } from "../../../src/capture/pipeline/processingChange.js";
import { defaultProcessing } from "../../../src/capture/pipeline/processing.js";
import { defaultTalkOptions, resolveTalkOptions } from "../../../src/capture/talk/talkOptions.js";

const none = null as never;
const user = { name: "Me" };
const messages = new RtcMessages(of(null));
const rooms = new ServerRoomService("http://localhost:1", user, new ServerIdentity("http://localhost:1", user));

describe("Arguments from untyped code", () => {
    it.each<[string, string, () => unknown]>([
        ["audioGate", "audio$", () => rtc.audioGate(none)],
        ["levelOf$", "voices$", () => rtc.levelOf$(none, "bob")],
        ["keyHeld$", "scene", () => rtc.keyHeld$(none, "KeyV")],
        ["gamepadButtonHeld$", "pad", () => rtc.gamepadButtonHeld$(none, 5 as never)],
        ["xrButtonHeld$", "component", () => rtc.xrButtonHeld$(none)],
        ["heldBetween$", "down", () => rtc.heldBetween$(none, none)],
        ["useHeadsetMicrophone", "microphone", () => rtc.useHeadsetMicrophone(none, none)],
        ["frameProcessor", "process", () => rtc.frameProcessor(none)],
        ["frameProcessor", "channelCount", () => rtc.frameProcessor(() => undefined, 3 as never)],
        ["levels$", "options", () => levels$(EMPTY, EMPTY, none)],
        ["talkOptions", "talkOptions", () => resolveTalkOptions(none, defaultTalkOptions)],
        ["setProcessingAsync", "changes", () => resolveProcessing(none, defaultProcessing)],
        ["sendAsync", "options", async () => await messages.sendAsync("hello", none)],
        ["sendWithVoice", "options", () => messages.sendWithVoice(new Uint8Array(1), none)],
        ["removeAsync", "options", async () => await new Moderation({ session: null }).removeAsync("bob", none)],
        ["silence", "memberId", () => new VoicePreferences(null, true).setSilenced(none, true)],
        ["subscribe", "memberId", () => new VoicePreferences(null, true).setSubscribed(7 as never, true)],
        ["room.joinAsync", "options", async () => await rooms.joinAsync("Lobby", none)],
        ["room.joinAsync", "create", async () => await rooms.joinAsync("Lobby", { create: "yes" as never })],
        ["room.joinAsync", "signal", async () => await rooms.joinAsync("Lobby", { signal: {} as never })],
        ["room.joinByIdAsync", "options", async () => await rooms.joinByIdAsync("x", none)],
        ["room.acceptInvitationAsync", "options", async () => await rooms.acceptInvitationAsync("x", none)],
        ["room.listAsync", "options", async () => await rooms.listAsync(none)],
        ["room.kickAsync", "options", async () => await rooms.kickAsync("bob", none)],
        ["room.inviteAsync", "options", async () => await rooms.inviteAsync(none)],
        ["room.revokeInvitationsAsync", "options", async () => await rooms.revokeInvitationsAsync(none)],
        ["room.setAttributes", "attributes", () => rooms.setAttributes(none)],
        ["room.send", "topic", () => rooms.send(7 as never, {})],
    ])("%s: an invalid %s is rejected by name", async (_, name, call) => {
        await expect((async () => await call())()).rejects.toMatchObject({
            name: "RtcError",
            code: "invalidArgument",
            message: expect.stringContaining(name) as string,
        });
    });

    it.each([["HRTF"], Object.create(null), "hrtf", null, Symbol("HRTF")])("%p is rejected for an option with a list of values", (word) => {
        expect(() => checkOptions({ model: word as unknown }, "model=HRTF|equalpower")).toThrow(/option model must be HRTF/);
    });
});
