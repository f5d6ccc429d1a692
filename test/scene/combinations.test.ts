import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { AudioHost } from "../../src/audio/audioHost.js";
import type { TrackOpener } from "../../src/audio/trackSource.js";
import type { IVoice } from "../../src/rtc/remote/memberVoice.js";
import { RtcPlugin } from "../../src/rtcPlugin.js";
import { deferred } from "../fakes/deferred.js";
import { FakeTrack, fakeStream, installFakeMedia } from "../fakes/fakeMedia.js";
import { FakeRoomSource } from "../../src/testing/fakeRoomSource.js";
import { FakeRemoteTrack } from "../../src/testing/fakeVoiceSession.js";
import { FakeVoiceTransport } from "../../src/testing/fakeVoiceTransport.js";
import { settleAsync } from "../fakes/settle.js";
import { AudioScene, Settle } from "./audioScene.js";
import { isHeardIn, isMuted, names, pageRounds, pairs, pitches, rounds, seenIn, switchesOf } from "./combinations.js";
import type { ISeen, Name } from "./combinations.js";

/** Length of each round, in seconds. The sound is measured at the end of the round. */
const RoundSeconds = Settle + 0.1;

/** Amplitude of every voice, as sent and as heard from 1 m. */
const Amplitude = 0.25;

/** Level below which a voice counts as silent: −60 dBFS. */
const Silence = 0.001;

/**
 * Behaviour of the other members' senders. Those that obey send only what is requested and permitted. The others send all that they publish, as a
 * modified client can until its link is closed.
 */
type Senders = "obey" | "send whatever is asked of them";

/** State of a voice as the listener's app reads it: the switches of the round, and the state that the speaker's client reports. */
interface ISeenVoice extends ISeen {
    readonly publishing: boolean;
    readonly capturing: boolean;
}

/** Results of each pair in one round, by "listener ← speaker". */
interface IRound {
    readonly seen: Record<string, ISeenVoice | null>;
    readonly arriving: Record<string, boolean>;
}

const pairName = (listener: Name, speaker: Name): string => `${listener} ← ${speaker}`;

/** Creates a record with a value for each pair. */
const ofPairs = <T>(what: (listener: Name, speaker: Name) => T): Record<string, T> =>
    Object.fromEntries(pairs.map(([listener, speaker]) => [pairName(listener, speaker), what(listener, speaker)]));

/** Start of a round, in seconds. */
const beginOf = (index: number): number => (index + 1) * RoundSeconds;

/** The remote tracks that one person plays. Each has the pitch of the microphone that its sender publishes. */
class RemoteSound {
    private readonly _open = new Map<MediaStreamTrack, { readonly tone: OscillatorNode; readonly gain: GainNode }>();
    private readonly _senders: Senders;

    constructor(senders: Senders) {
        this._senders = senders;
    }

    readonly open: TrackOpener = (context, track) => {
        const tone = new OscillatorNode(context);
        const gain = new GainNode(context, { gain: 0 });
        tone.connect(gain);
        tone.start();
        this._open.set(track, { tone, gain });
        return {
            playingAsync: Promise.resolve(),
            node: gain,
            dispose: () => {
                gain.disconnect();
                this._open.delete(track);
            },
        };
    };

    /** Sets each track to the sound that arrives now. */
    update(): void {
        for (const [track, { tone, gain }] of this._open) {
            const microphone = track instanceof FakeRemoteTrack ? (this._senders === "obey" ? track.flowing : track.published) : null;
            const [name] = names.filter((each) => each === microphone?.label);
            tone.frequency.value = name ? pitches[name] : 0;
            gain.gain.value = name ? Amplitude : 0;
        }
    }
}

/** A person with a scene and ears of their own. */
class Person {
    public readonly name: Name;
    public readonly world: AudioScene;
    public readonly sound: RemoteSound;
    private readonly _plugin: RtcPlugin<FakeRoomSource>;

    private constructor(name: Name, world: AudioScene, sound: RemoteSound, plugin: RtcPlugin<FakeRoomSource>) {
        this.name = name;
        this.world = world;
        this.sound = sound;
        this._plugin = plugin;
    }

    static async EnterAsync(name: Name, transport: FakeVoiceTransport, senders: Senders): Promise<Person> {
        const world = await AudioScene.CreateAsync({ seconds: beginOf(rounds.length) });
        const sound = new RemoteSound(senders);
        AudioHost.For(world.audioEngine).openTrack = sound.open;
        const others = names.filter((other) => other !== name);
        const avatars = new Map<string, TransformNode>();
        others.forEach((other, index) => {
            const avatar = new TransformNode(other, world.scene);
            // 1 m to the left and to the right, where a voice is heard at one ear exactly as sent.
            avatar.position.x = index === 0 ? -1 : 1;
            avatars.set(other, avatar);
        });
        const rooms = new FakeRoomSource(name);
        const plugin = await RtcPlugin.AddToSceneAsync<FakeRoomSource>(world.scene, {
            server: "http://localhost:9000",
            user: { name },
            rooms,
            transport,
            token: async ({ room, user }) => transport.server.grant({ room, user: user.id }),
            microphone: fakeStream(new FakeTrack(name)),
            avatarOf: ({ id }) => avatars.get(id) ?? null,
            audioEngine: world.audioEngine,
            spatial: { panningModel: "equalpower" },
            storage: null,
        });
        rooms.enter("combinations");
        await settleAsync();
        return new Person(name, world, sound, plugin);
    }

    /** Sets all switches for a round. */
    switch(round: number): void {
        const { rtc } = this._plugin;
        rtc.muted = isMuted(round, this.name);
        for (const other of names.filter((each) => each !== this.name)) {
            const { silence, pause, block } = switchesOf(round, this.name, other);
            rtc[silence ? "silence" : "unsilence"](other);
            rtc[pause ? "unsubscribe" : "subscribe"](other);
            rtc[block ? "block" : "unblock"](other);
        }
    }

    see(speaker: Name): ISeenVoice | null {
        const voice = this._plugin.rtc.voiceOf(speaker);
        return voice && seen(voice);
    }
}

const seen = ({ muted, silenced, subscribed, blocked, publishing, capturing }: IVoice): ISeenVoice => ({
    muted,
    silenced,
    subscribed,
    blocked,
    publishing,
    capturing,
});

/** Three people in one RTC room, who go through all rounds together while the sound at the ears of each is computed. */
class Meeting {
    readonly rounds: IRound[] = [];
    private readonly _transport = new FakeVoiceTransport();
    private readonly _people = new Map<Name, Person>();

    static async RunAsync(senders: Senders): Promise<Meeting> {
        const meeting = new Meeting();
        for (const name of names) {
            meeting._people.set(name, await Person.EnterAsync(name, meeting._transport, senders));
        }
        const changes = rounds.map((round) => meeting._onceAllAreThere(() => meeting._changeAsync(round)));
        const timeline = Object.fromEntries(changes.map((change, index) => [beginOf(index), change]));
        await Promise.all([...meeting._people.values()].map(({ world }) => world.renderAsync(timeline)));
        return meeting;
    }

    /** True if a listener hears a speaker at the sent level in a round, false if the speaker is silent there, otherwise the measured amplitude. */
    heard(index: number, listener: Name, speaker: Name): boolean | number {
        const end = beginOf(index + 1);
        const level = this._people.get(listener)?.world.toneAt(pitches[speaker], end - 0.1, end) ?? NaN;
        return Math.abs(level - Amplitude) < Silence ? true : level < Silence ? false : level;
    }

    dispose(): void {
        this._people.forEach(({ world }) => world.dispose());
    }

    /** Returns a function that all three timelines call. The action runs once, as soon as all three people wait for it. */
    private _onceAllAreThere(doAsync: () => Promise<void>): () => Promise<void> {
        const done = deferred();
        let waiting = 0;
        return () => {
            if (++waiting === names.length) {
                doAsync().then(done.resolve, done.reject);
            }
            return done.promise;
        };
    }

    private async _changeAsync(round: number): Promise<void> {
        // Keeps the library's fake timers in step with the rendered sound.
        jest.advanceTimersByTime(1_000 * RoundSeconds);
        this._people.forEach((person) => person.switch(round));
        await settleAsync();
        this._people.forEach(({ sound }) => sound.update());
        this.rounds.push({
            seen: ofPairs((listener, speaker) => this._people.get(listener)?.see(speaker) ?? null),
            arriving: ofPairs((listener, speaker) => this._isArriving(listener, speaker)),
        });
    }

    private _isArriving(listener: Name, speaker: Name): boolean {
        const session = this._transport.sessions.find(({ selfId }) => selfId === listener);
        const track = session?.remotes$.value.get(speaker)?.track;
        return track instanceof FakeRemoteTrack && track.flowing?.label === speaker;
    }
}

describe("The table of combinations", () => {
    it("has all sixteen combinations for each pair", () => {
        for (const [listener, speaker] of pairs) {
            const tried = rounds.map((round) => JSON.stringify([isMuted(round, speaker), switchesOf(round, listener, speaker)]));
            expect(new Set(tried).size).toBe(16);
        }
        expect(rounds.at(-1)).toBe(0);
    });

    it("switches each of the four off alone for each pair, after which the pair hears each other again", () => {
        for (const [listener, speaker] of pairs) {
            const undone = rounds.flatMap((round, index) => {
                const on = Object.entries({ mute: isMuted(round, speaker), ...switchesOf(round, listener, speaker) }).filter(
                    ([, isOn]) => isOn,
                );
                return on.length === 1 && rounds[index + 1] === 0 ? on.map(([which]) => which) : [];
            });
            expect(new Set(undone)).toEqual(new Set(["mute", "silence", "pause", "block"]));
        }
        expect(pairs.every(([listener, speaker]) => isHeardIn(0, listener, speaker))).toBe(true);
    });

    it("has four rounds for pages with each of the four on and off for each pair, and none in the last", () => {
        expect(pageRounds).toHaveLength(4);
        expect(pageRounds.at(-1)).toBe(0);
        const both = new Set([true, false]);
        for (const [listener, speaker] of pairs) {
            const switches = pageRounds.map((round) => ({ mute: isMuted(round, speaker), ...switchesOf(round, listener, speaker) }));
            for (const which of ["mute", "silence", "pause", "block"] as const) {
                expect(new Set(switches.map((each) => each[which]))).toEqual(both);
            }
            expect(new Set(pageRounds.map((round) => isHeardIn(round, listener, speaker)))).toEqual(both);
        }
    });

    it("has each of the four alone for some pair in the rounds for pages", () => {
        const alone = pageRounds.flatMap((round) =>
            pairs.flatMap(([listener, speaker]) => {
                const { muted, silenced, subscribed, blocked } = seenIn(round, listener, speaker);
                const on = Object.entries({ muted, silenced, paused: !subscribed, blocked }).filter(([, isOn]) => isOn);
                return on.length === 1 ? on.map(([which]) => which) : [];
            }),
        );
        expect(new Set(alone)).toEqual(new Set(["muted", "silenced", "paused", "blocked"]));
    });
});

describe.each<Senders>(["obey", "send whatever is asked of them"])(
    "Any combination of mute, silence, pause and block, if senders %s:",
    (senders) => {
        let meeting: Meeting;

        beforeAll(async () => {
            jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance"] });
            installFakeMedia();
            meeting = await Meeting.RunAsync(senders);
        }, 60_000);

        afterAll(() => {
            meeting.dispose();
            jest.useRealTimers();
        });

        describe.each(rounds.map((round, index) => ({ round, index })))("round $round, as number $index,", ({ round, index }) => {
            it("shows each member exactly the expected state of the others", () => {
                const expected = ofPairs((listener, speaker) => ({
                    ...seenIn(round, listener, speaker),
                    publishing: true,
                    capturing: true,
                }));
                expect(meeting.rounds[index]?.seen).toEqual(expected);
            });

            it("delivers each voice to the permitted listeners only", () => {
                expect(meeting.rounds[index]?.arriving).toEqual(ofPairs((listener, speaker) => isHeardIn(round, listener, speaker)));
            });

            it("makes each voice audible to the permitted listeners only, at the sent level", () => {
                const heard = ofPairs((listener, speaker) => meeting.heard(index, listener, speaker));
                expect(heard).toEqual(ofPairs((listener, speaker) => isHeardIn(round, listener, speaker)));
            });
        });
    },
);
