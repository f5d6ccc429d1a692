/** @jest-environment ./test/scene/audioEnvironment.cjs */
import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { Scene } from "@babylonjs/core/scene.js";
import { firstValueFrom } from "rxjs";
import type { Observable } from "rxjs";
import { AudioHost } from "../../../src/audio/audioHost.js";
import { RtcBehavior } from "../../../src/rtc/rtcBehavior.js";
import type { IRtcBehaviorOptions } from "../../../src/rtc/rtcBehaviorOptions.js";
import type { IVoice, MemberVoice } from "../../../src/rtc/remote/memberVoice.js";
import { RtcError } from "../../../src/errors/rtcError.js";
import type { RtcErrorCode } from "../../../src/errors/rtcError.js";
import { FakeMicrophone, installFakeMicrophone, mediaError } from "../../fakes/fakeMicrophone.js";
import { installFakeMedia } from "../../fakes/fakeMedia.js";
import { FakeListedRoomSource, FakeRoomSource } from "../../../src/testing/fakeRoomSource.js";
import { FakeVoiceSession } from "../../../src/testing/fakeVoiceSession.js";
import { FakeVoiceTransport } from "../../../src/testing/fakeVoiceTransport.js";
import { settleAsync } from "../../fakes/settle.js";
import { thrownBy } from "../../fakes/thrownBy.js";
import { AudioScene } from "../../scene/audioScene.js";

/** Records the values of a stream. Subscribes when it is created. */
class Latest<T> {
    public readonly values: T[] = [];

    constructor(stream$: Observable<T>) {
        stream$.subscribe((value) => this.values.push(value));
    }

    get value(): T {
        const [last] = this.values.slice(-1);
        if (last === undefined) {
            throw new Error("Nothing was said yet.");
        }
        return last;
    }
}

describe("RtcBehavior", () => {
    let world: AudioScene;
    let player: TransformNode;
    let rooms: FakeRoomSource;
    let transport: FakeVoiceTransport;
    let device: FakeMicrophone;
    let rtc: RtcBehavior;
    let errors: RtcErrorCode[];
    let voices: Latest<ReadonlyMap<string, IVoice>>;

    const make = (options: Partial<IRtcBehaviorOptions> = {}): RtcBehavior => {
        rtc = new RtcBehavior({
            rooms,
            transport,
            token: async ({ room, user }) => transport.server.grant({ room, user: user.id }),
            audioEngine: world.audioEngine,
            ...options,
        });
        errors = [];
        rtc.error$.subscribe(({ code }) => errors.push(code));
        voices = new Latest(rtc.voices$);
        return rtc;
    };
    const attachAsync = async (): Promise<void> => {
        player.addBehavior(rtc);
        await rtc.readyAsync();
    };
    const enterAsync = async (room = "lobby"): Promise<void> => {
        rooms.process();
        await settleAsync();
        rooms.enter(room);
        await settleAsync();
    };
    const other = (id: string): FakeVoiceSession => {
        const { server } = transport;
        return new FakeVoiceSession(server, server.verify(server.grant({ user: id, name: id.toUpperCase() }).token));
    };
    const observersOf = (): number[] => {
        const { onBeforeRenderObservable, onAfterRenderObservable, onDisposeObservable } = world.scene;
        return [onBeforeRenderObservable, onAfterRenderObservable, onDisposeObservable].map(({ observers }) => observers.length);
    };
    const voiceOf = (id: string): IVoice => {
        const voice = rtc.voiceOf(id);
        if (!voice) {
            throw new Error(`${id} has no voice.`);
        }
        return voice;
    };

    beforeEach(async () => {
        world = await AudioScene.CreateAsync();
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance"] });
        installFakeMedia();
        device = new FakeMicrophone();
        installFakeMicrophone(device);
        player = new TransformNode("player", world.scene);
        rooms = new FakeRoomSource();
        transport = new FakeVoiceTransport();
        make();
    });

    afterEach(() => {
        rtc.detach();
        world.dispose();
        jest.useRealTimers();
    });

    describe("the microphone", () => {
        it.each<[string, (value: never) => unknown]>([
            ["muted", (value) => (rtc.muted = value)],
            ["published", (value) => (rtc.published = value)],
            ["deafened", (value) => (rtc.deafened = value)],
            ["voiceEnabled", (value) => (rtc.voiceEnabled = value)],
            ["enabled", (value) => (rtc.microphone.enabled = value)],
            ["talking", (value) => (rtc.microphone.talking = value)],
        ])("rejects values of %s that are not boolean", (name, set) => {
            const before = [rtc.muted, rtc.published, rtc.deafened, rtc.voiceEnabled, rtc.microphone.enabled, rtc.microphone.talking];
            for (const value of [undefined, null, "yes", "", 0, 1, {}]) {
                const type = value === null ? "null" : typeof value;
                expect(() => set(value as never)).toThrow(`The value of ${name} must be of type boolean, not ${type}.`);
            }
            expect([rtc.muted, rtc.published, rtc.deafened, rtc.voiceEnabled, rtc.microphone.enabled, rtc.microphone.talking]).toEqual(
                before,
            );
        });

        it("is requested once, after the room is entered, and published", async () => {
            await attachAsync();
            rooms.process();
            await settleAsync();
            expect(device.asked).toHaveLength(0);
            rooms.enter();
            await settleAsync();
            expect(transport.session.states).toEqual([]);
            expect(transport.session.published.at(-1)).toBe(device.tracks[0]);
            expect(device.asked).toHaveLength(1);
        });

        it("reports its errors while live as engine errors, in error$ and events$", async () => {
            await attachAsync();
            await enterAsync();
            const told: string[] = [];
            const listening = rtc.events$.subscribe((event) => {
                if (event.type === "error") {
                    told.push(`${event.scope} ${event.error.code}`);
                }
            });
            device.tracks[0]?.unplug();
            await settleAsync();
            listening.unsubscribe();
            expect(errors).toContain("deviceUnplugged");
            expect(told).toContain("engine deviceUnplugged");
        });

        it("is requested when the status changes to inRoom without processing", async () => {
            await attachAsync();
            rooms.enter();
            await settleAsync();
            expect(transport.session.published.at(-1)).toBe(device.tracks[0]);
        });

        it("is requested when the behavior is attached after the room was entered", async () => {
            rooms.enter();
            await attachAsync();
            await settleAsync();
            expect(device.live).toHaveLength(1);
            expect(transport.open).toHaveLength(1);
        });

        it("is not requested while the room is being left", async () => {
            await attachAsync();
            await enterAsync();
            device.failure = mediaError("NotFoundError");
            device.tracks[0]?.unplug();
            await settleAsync();
            const { length: asked } = device.asked;
            device.failure = null;
            rooms.process();
            await settleAsync();
            expect(device.asked).toHaveLength(asked);
        });

        it.each(["leave", "fail"] as const)("is released on the room's %s", async (say) => {
            await attachAsync();
            await enterAsync();
            rooms[say]();
            expect(device.live).toHaveLength(0);
        });

        it("stays live from room to room, without a new request", async () => {
            await attachAsync();
            await enterAsync("one");
            await enterAsync("two");
            expect(device.asked).toHaveLength(1);
            expect(device.live).toHaveLength(1);
            expect(transport.session.published.at(-1)).toBe(device.tracks[0]);
        });

        it.each([
            ["NotAllowedError", "microphoneDenied"],
            ["NotFoundError", "microphoneMissing"],
            ["NotReadableError", "microphoneBusy"],
        ])("that fails with %s reports %s once, is requested once, and does not prevent the join", async (name, code) => {
            const bob = other("bob");
            const connection = new Latest(rtc.connection$);
            device.failure = mediaError(name);
            await attachAsync();
            await enterAsync();
            expect(connection.value).toBe("connected");
            expect(errors).toEqual([code]);
            expect(device.asked).toHaveLength(1);
            expect([...voices.value.keys()]).toEqual(["bob"]);
            expect(transport.session.published).toEqual([null]);
            await bob.leaveAsync();
        });

        it("is requested again by startAsync, and then published", async () => {
            device.failure = mediaError("NotAllowedError");
            await attachAsync();
            await enterAsync();
            device.failure = null;
            await rtc.startAsync();
            await settleAsync();
            expect(transport.session.published).toEqual([null, device.tracks[0]]);
        });

        it("is requested again in the next room", async () => {
            device.failure = mediaError("NotAllowedError");
            await attachAsync();
            await enterAsync();
            rooms.leave();
            await enterAsync();
            expect(device.asked).toHaveLength(2);
            expect(errors).toEqual(["microphoneDenied", "microphoneDenied"]);
        });

        it("that is unplugged reports microphoneMissing, and its track is no longer published", async () => {
            await attachAsync();
            await enterAsync();
            device.failure = mediaError("NotFoundError");
            device.tracks[0]?.unplug();
            await settleAsync();
            expect(errors).toEqual(["microphoneMissing"]);
            expect(transport.session.published.at(-1)).toBeNull();
        });
    });

    describe("the local member", () => {
        it("sends silence and notifies the others while muted", async () => {
            await attachAsync();
            await enterAsync();
            const bob = other("bob");
            rtc.muted = true;
            expect(device.tracks[0]?.enabled).toBe(false);
            expect(bob.remotes$.value.get("me")?.muted).toBe("self");
            rtc.muted = false;
            expect(device.tracks[0]?.enabled).toBe(true);
            expect(bob.remotes$.value.get("me")?.muted).toBe("no");
            await bob.leaveAsync();
        });

        it("is muted from the start when muted before entering", async () => {
            rtc.muted = true;
            await attachAsync();
            await enterAsync();
            expect(device.tracks[0]?.enabled).toBe(false);
            expect(transport.session.mutings).toEqual([true]);
        });

        it("emits muted, deafened, publishing and capturing in self$, only on changes", async () => {
            const self = new Latest(rtc.self$);
            await attachAsync();
            await enterAsync();
            rtc.muted = true;
            rtc.muted = true;
            rtc.deafened = true;
            transport.server.room("lobby").mute("me", "moderator");
            rtc.muted = false;
            expect(self.values).toEqual([
                { muted: "no", deafened: false, publishing: false, capturing: false },
                { muted: "no", deafened: false, publishing: false, capturing: true },
                { muted: "no", deafened: false, publishing: true, capturing: true },
                { muted: "self", deafened: false, publishing: true, capturing: true },
                { muted: "self", deafened: true, publishing: true, capturing: true },
                { muted: "moderator", deafened: true, publishing: false, capturing: true },
            ]);
            expect([rtc.muted, rtc.deafened]).toEqual([false, true]);
        });
    });

    describe("privileges", () => {
        const mayPublish = (publish: boolean): void => transport.session.privileges$.next({ publish, subscribe: true });

        it("token get: requests and publishes no microphone without the publish privilege", async () => {
            make({ token: async ({ room, user }) => transport.server.grant({ room, user: user.id, publish: false }) });
            const self = new Latest(rtc.self$);
            await attachAsync();
            await enterAsync();
            await rtc.startAsync();
            expect(device.asked).toHaveLength(0);
            expect(transport.session.published).toEqual([null]);
            expect(self.value).toMatchObject({ publishing: false, capturing: false });
            mayPublish(true);
            await settleAsync();
            expect(device.asked).toHaveLength(1);
            expect(transport.session.published.at(-1)).toBe(device.tracks[0]);
            expect(self.value).toMatchObject({ publishing: true, capturing: true });
        });

        it("token: releases the microphone when the publish privilege is revoked, and requests it when restored", async () => {
            const self = new Latest(rtc.self$);
            await attachAsync();
            await enterAsync();
            mayPublish(false);
            expect(device.live).toHaveLength(0);
            expect(self.value).toMatchObject({ publishing: false, capturing: false });
            await settleAsync();
            expect(transport.session.published.at(-1)).toBeNull();
            mayPublish(true);
            await settleAsync();
            expect(device.live).toHaveLength(1);
            expect(transport.session.published.at(-1)).toBe(device.tracks[1]);
            rtc.stopCapture();
            mayPublish(false);
            mayPublish(true);
            await settleAsync();
            expect(device.live).toHaveLength(0);
        });
    });

    describe("moderation", () => {
        it("sends requests to the RTC room, and rejects invalid arguments without a request", async () => {
            await attachAsync();
            await expect(rtc.moderation.muteAllAsync()).rejects.toMatchObject({ code: "serverUnreachable" });
            await enterAsync();
            await rtc.moderation.muteAsync("bob");
            await rtc.moderation.muteAllAsync();
            await rtc.moderation.inviteToUnmuteAsync("bob");
            await rtc.moderation.removeAsync("bob");
            await rtc.moderation.removeAsync("bob", { seconds: 60 });
            const asked = [
                { action: "mute", id: "bob" },
                { action: "muteAll" },
                { action: "inviteToUnmute", id: "bob" },
                { action: "remove", id: "bob", seconds: 0 },
                { action: "remove", id: "bob", seconds: 60 },
            ];
            expect(transport.session.moderations).toEqual(asked);
            for (const wrong of [
                rtc.moderation.muteAsync(""),
                rtc.moderation.muteAsync(5 as never),
                rtc.moderation.inviteToUnmuteAsync(undefined as never),
                rtc.moderation.removeAsync("bob", { seconds: -1 }),
                rtc.moderation.removeAsync("bob", { seconds: NaN }),
                rtc.moderation.removeAsync("bob", { seconds: 86_401 }),
            ]) {
                await expect(wrong).rejects.toMatchObject({ code: "invalidArgument" });
            }
            expect(transport.session.moderations).toEqual(asked);
            transport.session.refusal = new RtcError("notAllowed", "No.");
            await expect(rtc.moderation.muteAsync("bob")).rejects.toMatchObject({ code: "notAllowed" });
        });

        it("keeps the member self-muted after an invitation to unmute, until the member unmutes", async () => {
            const self = new Latest(rtc.self$);
            await attachAsync();
            await enterAsync();
            const room = transport.server.room("lobby");
            room.mute("me", "moderator");
            expect(self.value.muted).toBe("moderator");
            transport.session.notices$.next({ type: "unmuteInvited", by: "moderator" });
            room.mute("me", "self");
            expect(self.value.muted).toBe("self");
            expect(rtc.muted).toBe(true);
            expect(device.tracks[0]?.enabled).toBe(false);
            rtc.muted = false;
            expect(self.value.muted).toBe("no");
            expect(room.mutedOf("me")).toBe("no");
        });
    });

    describe("a block", () => {
        it("silences at once, is visible to both members, and can be removed", async () => {
            const bob = other("bob");
            await attachAsync();
            await enterAsync();
            expect(voiceOf("bob").blocked).toBe(false);
            rtc.block("bob");
            expect(voiceOf("bob").blocked).toBe(true);
            expect(transport.session.interests.at(-1)?.get("bob")).toBe("off");
            await settleAsync();
            expect(bob.remotes$.value.get("me")).toMatchObject({ blocked: true, track: null });
            rtc.unblock("bob");
            await settleAsync();
            expect(voiceOf("bob").blocked).toBe(false);
            expect(bob.remotes$.value.get("me")?.track).not.toBeNull();
            await bob.blockAsync("me", true);
            expect(voiceOf("bob").blocked).toBe(true);
            rtc.unblock("bob");
            await settleAsync();
            expect(voiceOf("bob").blocked).toBe(true);
        });

        it("rejects ids that are not another member's, and changes nothing", async () => {
            await attachAsync();
            await enterAsync();
            for (const id of ["", "me", "x".repeat(129), undefined as never]) {
                expect(thrownBy(() => rtc.block(id))).toMatchObject({ code: "invalidArgument" });
                expect(thrownBy(() => rtc.unblock(id))).toMatchObject({ code: "invalidArgument" });
            }
            await settleAsync();
            expect(errors).toEqual([]);
        });
    });

    describe("publish, capture and mute", () => {
        const state = (): unknown => transport.session.states.at(-1);

        it("publish / unpublish own voice: stops sending, notifies the others and keeps the microphone on", async () => {
            await attachAsync();
            await enterAsync();
            rtc.published = false;
            await settleAsync();
            expect(transport.session.published.at(-1)).toBeNull();
            expect(state()).toEqual({ publishing: false, capturing: true });
            expect(device.live).toHaveLength(1);
            rtc.published = true;
            await settleAsync();
            expect(transport.session.published.at(-1)).toBe(device.tracks[0]);
            expect(state()).toEqual({ publishing: true, capturing: true });
            expect(transport.session.mutings).toEqual([]);
        });

        it("capture start / stop: releases the device and requests it again, and notifies the others", async () => {
            await attachAsync();
            await enterAsync();
            expect(rtc.capturing).toBe(true);
            rtc.stopCapture();
            await settleAsync();
            expect([rtc.capturing, device.live.length]).toEqual([false, 0]);
            expect(state()).toEqual({ publishing: true, capturing: false });
            await rtc.startCaptureAsync();
            expect([rtc.capturing, device.live.length]).toEqual([true, 1]);
            expect(state()).toEqual({ publishing: true, capturing: true });
        });

        it("voiceEnabled: pauses publishing and all voices, and restores the previous state", async () => {
            const [bob, carol] = [other("bob"), other("carol")];
            await attachAsync();
            await enterAsync();
            rtc.unsubscribe("carol");
            rtc.voiceEnabled = false;
            await settleAsync();
            expect(state()).toEqual({ publishing: false, capturing: true });
            expect([...(transport.session.interests.at(-1)?.values() ?? [])]).toEqual(["off", "off"]);
            expect([voiceOf("bob").subscribed, voiceOf("carol").subscribed]).toEqual([false, false]);
            rtc.voiceEnabled = true;
            await settleAsync();
            expect(state()).toEqual({ publishing: true, capturing: true });
            expect([...(transport.session.interests.at(-1)?.values() ?? [])]).toEqual(["on", "off"]);
            await Promise.all([bob, carol].map((session) => session.leaveAsync()));
        });

        it("shows the publishing and capturing states of the others", async () => {
            const bob = other("bob");
            await attachAsync();
            await enterAsync();
            expect(voiceOf("bob")).toMatchObject({ publishing: true, capturing: true });
            const told = voices.values.length;
            bob.setState({ publishing: false, capturing: false });
            expect(voiceOf("bob")).toMatchObject({ publishing: false, capturing: false });
            expect(voices.values.length).toBe(told + 1);
            await bob.leaveAsync();
        });
    });

    describe("subscriptions", () => {
        const interests = (): unknown => Object.fromEntries(transport.session.interests.at(-1) ?? []);

        it("subscribe one user, pause and resume; subscribe all users, including members who join later", async () => {
            const people = [other("bob"), other("carol")];
            await attachAsync();
            await enterAsync();
            rtc.unsubscribe("bob");
            expect(interests()).toEqual({ bob: "off", carol: "on" });
            expect([voiceOf("bob").subscribed, voiceOf("carol").subscribed]).toEqual([false, true]);
            rtc.unsubscribeAll();
            people.push(other("dave"));
            await settleAsync();
            expect(interests()).toEqual({ bob: "off", carol: "off", dave: "off" });
            rtc.subscribe("dave");
            expect(interests()).toEqual({ bob: "off", carol: "off", dave: "on" });
            rtc.subscribeAll();
            people.push(other("erin"));
            await settleAsync();
            expect(interests()).toEqual({ bob: "on", carol: "on", dave: "on", erin: "on" });
            await Promise.all(people.map((session) => session.leaveAsync()));
        });

        it("auto-subscribe off: hears only members that are subscribed explicitly", async () => {
            const [bob, carol] = [other("bob"), other("carol")];
            make({ autoSubscribe: false });
            await attachAsync();
            await enterAsync();
            expect(interests()).toEqual({ bob: "off", carol: "off" });
            rtc.subscribe("carol");
            expect(interests()).toEqual({ bob: "off", carol: "on" });
            await Promise.all([bob, carol].map((session) => session.leaveAsync()));
        });

        it("persist from room to room, independent of silence", async () => {
            const bob = other("bob");
            await attachAsync();
            rtc.unsubscribe("bob");
            rtc.silence("bob");
            await enterAsync();
            rtc.unsilence("bob");
            expect(interests()).toEqual({ bob: "off" });
            rtc.subscribe("bob");
            expect(interests()).toEqual({ bob: "on" });
            await bob.leaveAsync();
        });
    });

    describe("volumes", () => {
        it.each([-0.1, 4.1, NaN, Infinity])("reject %p for all with invalidArgument, and keep the previous value", (volume) => {
            rtc.volume = 4;
            expect(thrownBy(() => (rtc.volume = volume))).toMatchObject({ code: "invalidArgument" });
            expect(rtc.volume).toBe(4);
        });

        it("emit the volume for all at once, and then only on changes", () => {
            rtc.volume = 2;
            const volumes = new Latest(rtc.volume$);
            rtc.volume = 2;
            rtc.deafened = true;
            rtc.volume = 0.5;
            thrownBy(() => (rtc.volume = 5));
            expect(volumes.values).toEqual([2, 0.5]);
        });

        it("playback volume for all and for one user multiply", async () => {
            const bob = other("bob");
            await attachAsync();
            rtc.volume = 2;
            await enterAsync();
            voiceOf("bob").volume = 3;
            const { spatial } = voiceOf("bob") as unknown as Pick<MemberVoice, "spatial">;
            expect([spatial?.volume, spatial?.master]).toEqual([3, 2]);
            rtc.volume = 0.5;
            expect([spatial?.volume, spatial?.master]).toEqual([3, 0.5]);
            await bob.leaveAsync();
        });
    });

    describe("voices", () => {
        it("are the members of the RTC room, with their names, when the room has no member list", async () => {
            const bob = other("bob");
            const members = new Latest(rtc.members$);
            await attachAsync();
            await enterAsync();
            expect([...voices.value.keys()]).toEqual(["bob"]);
            expect(voiceOf("bob").member).toEqual({ id: "bob", name: "BOB", attributes: {} });
            expect([...members.value.keys()]).toEqual(["me", "bob"]);
            await bob.leaveAsync();
            expect(voices.value.size).toBe(0);
            rooms.leave();
            expect(members.value.size).toBe(0);
        });

        it("are limited to members of the RTC room who are also in the room's own list", async () => {
            const listed = new FakeListedRoomSource();
            rooms = listed;
            make();
            const [bob, carol] = [other("bob"), other("carol")];
            await attachAsync();
            listed.list("me", "bob", "ghost");
            await enterAsync();
            expect([...voices.value.keys()]).toEqual(["bob"]);
            expect(voiceOf("bob").member).toBe(listed.members.value.get("bob"));
            listed.list("me", "bob", "carol", "ghost");
            expect([...voices.value.keys()]).toEqual(["bob", "carol"]);
            listed.list("me");
            expect(voices.value.size).toBe(0);
            expect(world.openTracks).toBe(0);
            await Promise.all([bob, carol].map((session) => session.leaveAsync()));
        });

        it("are stable objects that reflect mute, silence and member changes", async () => {
            const listed = new FakeListedRoomSource();
            rooms = listed;
            make();
            const bob = other("bob");
            await attachAsync();
            listed.list("me", "bob");
            await enterAsync();
            const voice = voiceOf("bob");
            const told = voices.values.length;
            bob.setMuted(true);
            expect(voice.muted).toBe(true);
            bob.setMuted(false);
            listed.list("me", "bob");
            rtc.silence("bob");
            expect(voice).toMatchObject({ muted: false, silenced: true, member: listed.members.value.get("bob") });
            expect(voices.value.get("bob")).toBe(voice);
            expect(voices.values.length).toBe(told + 4);
            await bob.leaveAsync();
        });

        it("are emitted only on changes", async () => {
            const bob = other("bob");
            await attachAsync();
            await enterAsync();
            const told = voices.values.length;
            transport.server.room("lobby").tell();
            rtc.silence("nobody");
            rtc.unsilence("bob");
            expect(voices.values).toHaveLength(told);
            await bob.leaveAsync();
        });

        it("of silenced members are not requested, when silenced before or after the join", async () => {
            const [bob, carol] = [other("bob"), other("carol")];
            rtc.silence("bob");
            await attachAsync();
            await enterAsync();
            expect(voiceOf("bob").silenced).toBe(true);
            expect([...(transport.session.interests.at(-1) ?? [])]).toEqual([
                ["bob", "off"],
                ["carol", "on"],
            ]);
            rtc.silence("carol");
            rtc.unsilence("bob");
            expect([...(transport.session.interests.at(-1) ?? [])]).toEqual([
                ["bob", "on"],
                ["carol", "off"],
            ]);
            await Promise.all([bob, carol].map((session) => session.leaveAsync()));
        });

        it("report to error$ when Babylon cannot create their sound", async () => {
            const cause = new Error("no more nodes");
            jest.spyOn(world.audioEngine, "createSoundSourceAsync").mockRejectedValue(cause);
            const bob = other("bob");
            await attachAsync();
            const told = firstValueFrom(rtc.error$);
            await enterAsync();
            await expect(told).resolves.toMatchObject({ code: "unknown", cause });
            await bob.leaveAsync();
        });

        it("keep silence and volume when the member leaves and rejoins", async () => {
            const bob = other("bob");
            await attachAsync();
            await enterAsync();
            rtc.silence("bob");
            voiceOf("bob").volume = 0.25;
            await bob.leaveAsync();
            expect(rtc.voiceOf("bob")).toBeNull();
            const again = other("bob");
            expect(voiceOf("bob")).toMatchObject({ silenced: true, volume: 0.25 });
            await again.leaveAsync();
        });

        it.each([-0.1, 4.1, NaN, Infinity])("reject the volume %p with invalidArgument, and keep the previous volume", async (volume) => {
            const bob = other("bob");
            await attachAsync();
            await enterAsync();
            voiceOf("bob").volume = 4;
            expect(thrownBy(() => (voiceOf("bob").volume = volume))).toMatchObject({ code: "invalidArgument" });
            expect(voiceOf("bob").volume).toBe(4);
            await bob.leaveAsync();
        });

        it.each(["before", "after"])("are not requested while the local member is deafened (%s the join)", async (when) => {
            const bob = other("bob");
            rtc.deafened = when === "before";
            await attachAsync();
            await enterAsync();
            if (when === "after") {
                rtc.deafened = true;
            }
            expect(transport.session.interests.at(-1)?.get("bob")).toBe("off");
            rtc.deafened = false;
            expect(transport.session.interests.at(-1)?.get("bob")).toBe("on");
            await bob.leaveAsync();
        });

        it("are inaudible while the local member is deafened, and audible again afterwards", async () => {
            const bob = other("bob");
            await attachAsync();
            await enterAsync();
            const spatial = (rtc.voiceOf("bob") as MemberVoice).spatial;
            expect(spatial?.audible).toBe(true);
            rtc.deafened = true;
            expect(spatial?.audible).toBe(false);
            rtc.deafened = false;
            expect(spatial?.audible).toBe(true);
            await bob.leaveAsync();
        });

        it("continue when the app's avatarOf throws, which is reported once", async () => {
            make({
                avatarOf: () => {
                    throw new Error("no such avatar");
                },
            });
            const bob = other("bob");
            const errors: string[] = [];
            const subscription = rtc.error$.subscribe(({ code }) => errors.push(code));
            await attachAsync();
            await enterAsync();
            for (let frame = 0; frame < 5; frame++) {
                world.scene.render();
            }
            expect(errors).toEqual(["invalidArgument"]);
            expect(transport.joins).toHaveLength(1);
            expect(rtc.voiceOf("bob")).not.toBeNull();
            subscription.unsubscribe();
            await bob.leaveAsync();
        });
    });

    describe("avatars", () => {
        it("carry the voice as a behavior, from the first frame in which avatarOf returns them", async () => {
            const avatars = new Map<string, TransformNode>();
            make({ avatarOf: ({ id }) => avatars.get(id) ?? null });
            const bob = other("bob");
            await attachAsync();
            await enterAsync();
            const avatar = new TransformNode("bob", world.scene);
            avatars.set("bob", avatar);
            expect(avatar.getBehaviorByName("Voice")).toBeNull();
            world.scene.render();
            expect(avatar.getBehaviorByName("Voice")).not.toBeNull();
            await bob.leaveAsync();
            expect(avatar.getBehaviorByName("Voice")).toBeNull();
        });

        it.each(["before it is attached", "before it is inside", "when it is inside"])("can be set %s", async (when) => {
            const avatar = new TransformNode("bob", world.scene);
            const bob = other("bob");
            const say = (now: string): void => {
                if (when === now) {
                    rtc.setAvatar("bob", avatar);
                }
            };
            say("before it is attached");
            await attachAsync();
            say("before it is inside");
            await enterAsync();
            say("when it is inside");
            expect(avatar.getBehaviorByName("Voice")).not.toBeNull();
            await bob.leaveAsync();
        });

        it("are requested again from avatarOf when an avatar is disposed", async () => {
            const first = new TransformNode("first", world.scene);
            const second = new TransformNode("second", world.scene);
            make({ avatarOf: () => (first.isDisposed() ? second : first) });
            const bob = other("bob");
            await attachAsync();
            await enterAsync();
            expect(first.getBehaviorByName("Voice")).not.toBeNull();
            first.dispose();
            world.scene.render();
            expect(second.getBehaviorByName("Voice")).not.toBeNull();
            await bob.leaveAsync();
        });
    });

    describe("its lifecycle", () => {
        it("does nothing until it is attached", async () => {
            rooms.enter();
            await settleAsync();
            expect(transport.joins).toHaveLength(0);
            await expect(rtc.startAsync()).rejects.toMatchObject({ code: "disposed" });
            await expect(rtc.readyAsync()).resolves.toBeUndefined();
            expect(rtc.voiceOf("bob")).toBeNull();
        });

        it("is found by name on its node", async () => {
            await attachAsync();
            expect(player.getBehaviorByName("Rtc")).toBe(rtc);
            expect(rtc.attachedNode).toBe(player);
        });

        it("prepares the transport while the room is being entered", async () => {
            await attachAsync();
            expect(transport.preparations).toBe(0);
            rooms.process();
            expect(transport.preparations).toBe(1);
        });

        const ends: Record<string, () => void> = {
            "it is taken off its node": () => player.removeBehavior(rtc),
            "its node is disposed": () => player.dispose(),
            "the scene is disposed": () => world.scene.dispose(),
        };

        it.each(Object.keys(ends))("leaves and releases everything when %s", async (how) => {
            jest.clearAllTimers();
            const before = observersOf();
            const avatar = new TransformNode("bob", world.scene);
            make({ avatarOf: ({ id }) => (id === "bob" ? avatar : null) });
            const [bob, carol] = [other("bob"), other("carol")];
            await attachAsync();
            await enterAsync();
            world.scene.render();
            expect(world.openTracks).toBe(2);
            ends[how]?.();
            await settleAsync();
            // Babylon removes observers in a timer of 0 ms.
            jest.advanceTimersByTime(0);
            expect(transport.open).toHaveLength(0);
            expect(bob.remotes$.value.has("me")).toBe(false);
            expect(device.live).toHaveLength(0);
            expect(world.openTracks).toBe(0);
            expect(voices.value.size).toBe(0);
            expect(rtc.attachedNode).toBeNull();
            expect(jest.getTimerCount()).toBe(0);
            expect(avatar.getBehaviorByName("Voice")).toBeNull();
            if (how !== "the scene is disposed") {
                expect(observersOf()).toEqual(before);
            }
            expect(rooms.status.observed).toBe(false);
            await Promise.all([bob, carol].map((session) => session.leaveAsync()));
        });

        it("leaves a session that arrives after the removal from its node", async () => {
            transport.deaf = true;
            const release = transport.hold();
            await attachAsync();
            await enterAsync();
            player.removeBehavior(rtc);
            release();
            await settleAsync();
            expect(transport.sessions).toHaveLength(1);
            expect(transport.open).toHaveLength(0);
        });

        it("stops a microphone that is granted after the removal from its node", async () => {
            const answer = device.holdPrompt();
            await attachAsync();
            await enterAsync();
            player.removeBehavior(rtc);
            answer();
            await settleAsync();
            expect(device.tracks).toHaveLength(1);
            expect(device.live).toHaveLength(0);
        });

        it("stays on its new node when the previous node is disposed", async () => {
            await attachAsync();
            await enterAsync();
            const respawned = new TransformNode("respawned", world.scene);
            respawned.addBehavior(rtc);
            await settleAsync();
            player.dispose();
            await settleAsync();
            expect(rtc.attachedNode).toBe(respawned);
            expect(transport.open).toHaveLength(1);
            respawned.dispose();
            expect(rtc.attachedNode).toBeNull();
        });

        it("stays connected while it moves to another node", async () => {
            const bob = other("bob");
            await attachAsync();
            await enterAsync();
            const states = new Latest(rtc.connection$);
            new TransformNode("respawned", world.scene).addBehavior(rtc);
            player.dispose();
            await settleAsync();
            expect(states.values).toEqual(["connected"]);
            expect(transport.joins).toHaveLength(1);
            expect(device.asked).toHaveLength(1);
            expect(errors).toEqual([]);
            await bob.leaveAsync();
        });

        it("looks for an audio engine again on another node when it has none", async () => {
            const resolve = jest.spyOn(AudioHost, "For").mockImplementationOnce(() => {
                throw new Error("not yet");
            });
            player.addBehavior(rtc);
            await expect(rtc.readyAsync()).rejects.toMatchObject({ code: "unknown" });
            resolve.mockRestore();
            new TransformNode("respawned", world.scene).addBehavior(rtc);
            await expect(rtc.readyAsync()).resolves.toBeUndefined();
            await enterAsync();
            expect(transport.open).toHaveLength(1);
        });

        it.each([
            ["its node", (): void => player.dispose()],
            ["its scene", (): void => world.scene.dispose()],
        ])("reports disposed when %s is disposed, and can be attached to another node in response", async (_what, dispose) => {
            await attachAsync();
            await enterAsync();
            const next = new Scene(world.engine);
            const respawned = new TransformNode("respawned", next);
            rtc.error$.subscribe(({ code }) => code === "disposed" && respawned.addBehavior(rtc));
            dispose();
            expect(errors).toEqual(["disposed"]);
            await settleAsync();
            expect(rtc.attachedNode).toBe(respawned);
            expect(transport.open).toHaveLength(1);
            next.dispose();
        });

        it("keeps mute and silence when it is removed and attached to another node", async () => {
            const bob = other("bob");
            rtc.muted = true;
            rtc.silence("bob");
            await attachAsync();
            await enterAsync();
            player.removeBehavior(rtc);
            await settleAsync();
            player = new TransformNode("another", world.scene);
            await attachAsync();
            await settleAsync();
            expect(transport.open).toHaveLength(1);
            expect(device.live).toMatchObject([{ enabled: false }]);
            expect(voiceOf("bob").silenced).toBe(true);
            await bob.leaveAsync();
        });

        it("does not dispose the app's own audio engine", async () => {
            const dispose = jest.spyOn(world.audioEngine, "dispose");
            await attachAsync();
            player.removeBehavior(rtc);
            expect(dispose).not.toHaveBeenCalled();
        });

        it("uses another audio engine on startAsync after its own was closed, and joins the RTC room again", async () => {
            const audioStates: string[] = [];
            rtc.audio$.subscribe((state) => audioStates.push(state));
            await attachAsync();
            await enterAsync();
            const bob = other("bob");
            await settleAsync();
            const { context } = AudioHost.For(world.audioEngine);
            jest.spyOn(world.audioEngine, "state", "get").mockReturnValue("closed");
            context.dispatchEvent(new Event("statechange"));
            expect(errors).toEqual(["disposed"]);
            const next = await AudioScene.CreateAsync();
            await rtc.startAsync();
            await settleAsync();
            expect(audioStates.at(-1)).toBe("running");
            expect(transport.open).toHaveLength(1);
            expect(device.live).toHaveLength(1);
            expect(voiceOf("bob").member.id).toBe("bob");
            expect(errors).toEqual(["disposed"]);
            await bob.leaveAsync();
            rtc.detach();
            next.dispose();
        });

        it("rejects invalid spatial options with invalidArgument", () => {
            expect(thrownBy(() => make({ spatial: { maxDistance: -1 } }))).toMatchObject({ code: "invalidArgument" });
        });

        it("rejects readyAsync with unsupported for an audio engine without WebAudio", async () => {
            make({ audioEngine: { state: "running" } as unknown as AudioEngineV2 });
            player.addBehavior(rtc);
            await expect(rtc.readyAsync()).rejects.toMatchObject({ code: "unsupported" });
            expect(errors).toEqual(["unsupported"]);
        });

        it("reports audioBlocked, and joins anyway", async () => {
            jest.spyOn(AudioHost.For(world.audioEngine), "resumeAsync").mockResolvedValue(undefined);
            jest.spyOn(AudioHost.For(world.audioEngine), "state", "get").mockReturnValue("blocked");
            await attachAsync();
            await enterAsync();
            expect(errors).toEqual(["audioBlocked"]);
            expect(transport.open).toHaveLength(1);
        });
    });
});
