import { RtcError, RtcPlugin, audioGate, frameProcessor, keyHeld$ } from "babylon-rtc";
import type { IOpusSettings, ISpatialVoiceOptions, IRoomJoinOptions, IVoice, VoiceProfile, VoiceScenario } from "babylon-rtc";
import { Ducking } from "babylon-rtc/space";
import { neuralSuppressor } from "babylon-rtc/suppression";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Subscription } from "rxjs";
import { BareCall } from "./bareCall.js";
import { Insides } from "./insides.js";
import { tryContractAsync, tryPlaneContractAsync } from "./contract.js";
import { Ears } from "./ears.js";
import { frontBackAsync } from "./frontBack.js";
import { Headset } from "./headset.js";
import { Recorder, amplitudeAt, energyOf, longestGapMs, loudestClick } from "./recorder.js";
import { selfCheckAsync } from "./selfCheck.js";
import { suppressorFiles, trySuppressionAsync } from "./suppression.js";
import { ToneSource, frugalContext } from "./toneSource.js";
import { Witness } from "./witness.js";
import { World } from "./world.js";

/** Settings of a test person. */
export interface IPersonOptions {
    readonly server: string;
    readonly name: string;
    /** Pitch of the voice in Hz; `noise`: white noise; `device`: the browser's microphone. */
    readonly voice: number | "noise" | "device";
    /** Constraints of the browser's microphone. */
    readonly constraints?: MediaTrackConstraints;
    readonly rightHanded?: boolean;
    /** See `IWorldOptions.canvas`. */
    readonly canvas?: boolean;
    /** See `IWorldOptions.sampleRate`. */
    readonly sampleRate?: number;
    /** Saves CPU in Chromium, for several pages on one machine: 20 frames per second, 48 kHz, and no output device for the fake microphone. */
    readonly frugal?: boolean;
    readonly spatial?: Partial<ISpatialVoiceOptions>;
    readonly scenario?: VoiceScenario;
    readonly profile?: VoiceProfile;
    readonly opus?: Partial<IOpusSettings>;
    readonly token?: string;
    readonly dataInRtp?: boolean;
    readonly relayOnly?: boolean;
    readonly autoSubscribe?: boolean;
}

/** State of a remote voice. */
export type IVoiceReport = Pick<IVoice, "muted" | "silenced" | "speaking" | "subscribed" | "blocked" | "publishing" | "capturing">;

/** State of a page, as plain data. */
export interface IReport {
    readonly status: string;
    /** True while the room reconnects. */
    readonly reconnecting: boolean;
    readonly statusError: string | null;
    readonly self: { readonly id: string; readonly name: string } | null;
    readonly connection: string;
    readonly audio: string;
    readonly me: { readonly muted: string; readonly deafened: boolean; readonly publishing: boolean };
    readonly members: readonly string[];
    readonly voices: Readonly<Record<string, IVoiceReport>>;
    readonly speaking: readonly string[];
    readonly errors: readonly string[];
}

/** One person in one page: a world, a plugin, and level measurement. Members are identified by their names, which are unique in the tests. */
export class Person {
    public readonly world: World;
    public readonly plugin: RtcPlugin;
    public readonly ears: Ears;
    public readonly tone: ToneSource | null;
    private readonly _life = new Subscription();
    private readonly _names = new Map<string, string>();
    private _report: IReport = {
        status: "idle",
        reconnecting: false,
        statusError: null,
        self: null,
        connection: "disconnected",
        audio: "blocked",
        me: { muted: "no", deafened: false, publishing: false },
        members: [],
        voices: {},
        speaking: [],
        errors: [],
    };

    private constructor(world: World, plugin: RtcPlugin, tone: ToneSource | null) {
        this.world = world;
        this.plugin = plugin;
        this.tone = tone;
        this.ears = new Ears(world.audio);
        const { rtc, room } = plugin;
        const name = (id: string): string => this._names.get(id) ?? id;
        this._life.add(
            room.status$.subscribe((status) =>
                this._set({
                    status: status.state,
                    reconnecting: status.state === "inRoom" && status.reconnecting === true,
                    statusError: status.state === "notAvailable" ? (status.error?.code ?? null) : null,
                    self: status.state === "inRoom" ? { id: status.self.id, name: status.self.name } : null,
                }),
            ),
        );
        this._life.add(
            room.members$.subscribe((members) => {
                members.forEach((member) => this._names.set(member.id, member.name));
                this._set({ members: [...members.values()].map((member) => member.name) });
            }),
        );
        this._life.add(rtc.connection$.subscribe((connection) => this._set({ connection })));
        this._life.add(rtc.audio$.subscribe((audio) => this._set({ audio })));
        this._life.add(rtc.self$.subscribe((me) => this._set({ me })));
        this._life.add(rtc.speaking$.subscribe((ids) => this._set({ speaking: [...ids].map(name) })));
        this._life.add(
            rtc.voices$.subscribe((voices) =>
                this._set({
                    voices: Object.fromEntries([...voices.values()].map((voice) => [voice.member.name, seenOf(voice)])),
                }),
            ),
        );
        this._life.add(rtc.error$.subscribe((error) => this._set({ errors: [...this._report.errors, error.code] })));
    }

    public static async CreateAsync(options: IPersonOptions): Promise<Person> {
        const { voice, frugal = false } = options;
        const world = await World.CreateAsync(frugal ? { ...options, sampleRate: 48_000, framesPerSecond: 20 } : options);
        const tone = voice === "device" ? null : new ToneSource(voice, undefined, frugal ? frugalContext : {});
        const plugin = await RtcPlugin.AddToSceneAsync(world.scene, {
            server: options.server,
            user: { name: options.name, ...(options.token === undefined ? {} : { token: options.token }) },
            audioEngine: world.audio,
            avatarOf: (member) => world.avatars.get(member.name) ?? null,
            ...(tone ? { microphone: tone.stream } : options.constraints ? { microphone: options.constraints } : {}),
            ...(options.spatial ? { spatial: options.spatial } : {}),
            ...(options.scenario ? { scenario: options.scenario } : {}),
            ...(options.profile ? { profile: options.profile } : {}),
            ...(options.opus ? { opus: options.opus } : {}),
            ...(options.autoSubscribe === undefined ? {} : { autoSubscribe: options.autoSubscribe }),
            ...(options.relayOnly === undefined ? {} : { relayOnly: options.relayOnly }),
            ...(options.dataInRtp === undefined ? {} : { dataInRtp: options.dataInRtp }),
        });
        return new Person(world, plugin, tone);
    }

    /** Joins a room. Returns the error code, or null. */
    public async joinAsync(room: string, options: IRoomJoinOptions = {}): Promise<string | null> {
        try {
            await this.plugin.room.joinAsync(room, options);
            return null;
        } catch (error) {
            return error instanceof RtcError ? error.code : String(error);
        }
    }

    public async leaveAsync(): Promise<void> {
        await this.plugin.room.leaveAsync();
    }

    public report(): IReport {
        return this._report;
    }

    public idOf(name: string): string {
        const found = [...this._names].find(([, each]) => each === name);
        if (!found) {
            throw new Error(`nobody called ${name}`);
        }
        return found[0];
    }

    /** Private members that a modified client could access. */
    public get insides(): Insides {
        return new Insides(this.plugin.rtc);
    }

    /** Bytes received from a member's voice. Null while there is no link. */
    public async bytesFromAsync(name: string): Promise<number | null> {
        const facts = await this.insides.session.statisticsAsync?.();
        return facts?.get(this.idOf(name))?.bytesReceived ?? null;
    }

    /** Waits until a link to a member exists or does not exist. Rejects after 15 s. */
    public async untilLinkAsync(name: string, exists: boolean): Promise<void> {
        const end = performance.now() + 15_000;
        while (((await this.bytesFromAsync(name)) !== null) !== exists) {
            if (performance.now() > end) {
                throw new Error(`waited for ${exists ? "a" : "no"} link to ${name}`);
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    }

    /** Sets the position of a member's avatar. */
    public place(name: string, x: number, y: number, z: number): void {
        this.world.avatar(name).position.set(x, y, z);
    }

    /** Moves to another scene and disposes the previous scene in the same tick. */
    public async changeSceneAsync(): Promise<void> {
        const { world } = this;
        const before = world.scene;
        world.change();
        const moving = this.plugin.moveToSceneAsync(world.scene, { avatarOf: (member) => world.avatars.get(member.name) ?? null });
        before.dispose();
        await moving;
    }

    /** Sets the camera's yaw in radians; 0 is the initial direction. */
    public turn(yaw: number): void {
        const { camera, scene } = this.world;
        const forward = scene.useRightHandedSystem ? -1 : 1;
        camera.setTarget(camera.position.add(new Vector3(Math.sin(yaw), 0, Math.cos(yaw) * forward)));
    }

    public async disposeAsync(): Promise<void> {
        this._life.unsubscribe();
        this.plugin.dispose();
        this.world.dispose();
        await this.tone?.disposeAsync();
    }

    private _set(change: Partial<IReport>): void {
        this._report = { ...this._report, ...change };
    }
}

/** Functions that analyse a recording. */
const measure = { amplitudeAt, energyOf, longestGapMs, loudestClick };

function seenOf({ muted, silenced, speaking, subscribed, blocked, publishing, capturing }: IVoice): IVoiceReport {
    return { muted, silenced, speaking, subscribed, blocked, publishing, capturing };
}

declare global {
    /** Objects that tests access from outside of the page. */
    var lab: {
        BareCall: typeof BareCall;
        Ducking: typeof Ducking;
        tryContractAsync: typeof tryContractAsync;
        tryPlaneContractAsync: typeof tryPlaneContractAsync;
        Headset: typeof Headset;
        audioGate: typeof audioGate;
        headset: Headset | null;
        frontBackAsync: typeof frontBackAsync;
        frameProcessor: typeof frameProcessor;
        keyHeld$: typeof keyHeld$;
        neuralSuppressor: typeof neuralSuppressor;
        suppressorFiles: typeof suppressorFiles;
        trySuppressionAsync: typeof trySuppressionAsync;
        selfCheckAsync: typeof selfCheckAsync;
        Recorder: typeof Recorder;
        measure: typeof measure;
        /** The current recording. */
        recorder: Recorder | null;
        Witness: typeof Witness;
        /** The running witness. */
        witness: Witness | null;
        person: Person | null;
        /** The current person. Throws if there is none. */
        readonly here: Person;
        createAsync(options: IPersonOptions): Promise<void>;
        /** Joins a room. Returns the time to the first sound in milliseconds, from `new Peer` or from entering the room, whichever is later. */
        firstSoundAsync(room: string): Promise<number>;
    };
}

globalThis.lab = {
    BareCall,
    Ducking,
    tryContractAsync,
    tryPlaneContractAsync,
    Headset,
    audioGate,
    headset: null,
    frontBackAsync,
    frameProcessor,
    keyHeld$,
    neuralSuppressor,
    suppressorFiles,
    trySuppressionAsync,
    selfCheckAsync,
    Recorder,
    measure,
    recorder: null,
    Witness,
    witness: null,
    person: null,
    get here() {
        if (!this.person) {
            throw new Error("nobody is here");
        }
        return this.person;
    },
    async createAsync(options) {
        this.person = await Person.CreateAsync(options);
    },
    async firstSoundAsync(room) {
        const person = this.here;
        let begin = NaN;
        const { WebSocket } = globalThis;
        // `new Peer` opens PeerJS' socket.
        globalThis.WebSocket = class extends WebSocket {
            constructor(url: string | URL, protocols?: string | string[]) {
                super(url, protocols);
                if (String(url).includes("/peerjs?")) {
                    begin = performance.now();
                }
            }
        };
        // Signalling opens in parallel to joining the room, and there is no peer to call before the room is entered.
        const watch = person.plugin.room.status$.subscribe(({ state }) => {
            if (state === "inRoom") {
                begin = performance.now();
            }
        });
        const joining = person.joinAsync(room);
        const end = await person.ears.onsetAsync();
        globalThis.WebSocket = WebSocket;
        watch.unsubscribe();
        await joining;
        return end - begin;
    },
};
