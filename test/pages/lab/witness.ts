import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { RtcPlugin, VoiceLink } from "babylon-rtc";
import { Subscription } from "rxjs";
import type { Observable } from "rxjs";

/** A state change. */
export interface IWitnessedState {
    /** Time in milliseconds since 1970. */
    readonly at: number;
    readonly what: string;
    readonly value: unknown;
}

/** Cumulative duration of the audio that a connection's receiver has concealed because packets were missing or late. */
export interface IConcealment {
    /** Time in milliseconds since 1970. */
    readonly at: number;
    /** Index of the connection, in the order in which the page created them. */
    readonly connection: number;
    /** Duration of the concealed audio, in milliseconds. */
    readonly ms: number;
}

/** Levels and states that were recorded since the start, or since the last `forget`. */
export interface ITestimony {
    /** Time of each window, in milliseconds since 1970. A window is 20 ms long; windows start every 10 ms of the audio clock. */
    readonly times: readonly number[];
    /** Amplitudes per window, by pitch in Hz. Pitch 0: RMS amplitude of all sound. */
    readonly levels: Readonly<Record<number, readonly number[]>>;
    readonly states: readonly IWitnessedState[];
    readonly concealments: readonly IConcealment[];
    /** Creation times of the peer connections, in milliseconds since 1970. */
    readonly connections: readonly number[];
}

declare global {
    /** Peer connections that this page has created, with their creation times. Undefined if no script records them. */
    var madeConnections: { readonly at: number; readonly connection: RTCPeerConnection }[] | undefined;
}

/** Maximum number of stored windows: five minutes. */
const mostWindows = 30_000;
/** Number of windows in one second. */
const steadyWindows = 100;
/** Poll interval for the receivers' concealment, in milliseconds. */
const askMs = 500;
/** Maximum number of stored concealment entries. */
const mostAnswers = 5_000;
/** Maximum number of stored state changes. */
const mostStates = 2_000;

// Measures on the audio thread, so that no window is lost while the page is busy.
const worklet = `
    registerProcessor("witness", class extends AudioWorkletProcessor {
        constructor({ processorOptions: { pitches } }) {
            super();
            this.size = Math.round(0.02 * sampleRate);
            this.hop = Math.round(0.01 * sampleRate);
            this.ring = new Float32Array(this.size);
            this.at = 0;
            this.until = this.size;
            this.live = true;
            this.batch = [];
            this.tables = pitches.map((hz) => ({ hz, table: Array.from({ length: this.size }, (_, i) => {
                const hann = 1 - Math.cos((2 * Math.PI * i) / this.size);
                return [hann * Math.cos((2 * Math.PI * hz * i) / sampleRate), hann * Math.sin((2 * Math.PI * hz * i) / sampleRate)];
            }) }));
            this.port.onmessage = () => { this.live = false; };
        }
        process([[samples]]) {
            for (let i = 0; i < 128; i++) {
                this.ring[this.at] = samples ? samples[i] : 0;
                this.at = (this.at + 1) % this.size;
                if (--this.until === 0) {
                    this.until = this.hop;
                    this.look();
                }
            }
            return this.live;
        }
        look() {
            this.batch.push([Date.now(), ...this.tables.map(({ hz, table }) => {
                let power = 0;
                let real = 0;
                let imaginary = 0;
                for (let i = 0; i < this.size; i++) {
                    const sample = this.ring[(this.at + i) % this.size];
                    real += sample * table[i][0];
                    imaginary += sample * table[i][1];
                    power += sample * sample;
                }
                return hz === 0 ? Math.sqrt(power / this.size) : (2 * Math.hypot(real, imaginary)) / this.size;
            })]);
            if (this.batch.length === 10) {
                this.port.postMessage(this.batch);
                this.batch = [];
            }
        }
    });`;

/** Continuously records the levels of tones at the page's output, and the plugin's states. */
export class Witness {
    private readonly _node: AudioWorkletNode;
    private readonly _source: AudioNode;
    private readonly _pitches: readonly number[];
    private readonly _life = new Subscription();
    private readonly _states: IWitnessedState[] = [];
    private readonly _last = new Map<string, string>();
    private readonly _concealments: IConcealment[] = [];
    private _windows: (readonly number[])[] = [];

    private constructor(node: AudioWorkletNode, source: AudioNode, pitches: readonly number[], plugin: RtcPlugin) {
        this._node = node;
        this._source = source;
        this._pitches = pitches;
        node.port.onmessage = ({ data }: MessageEvent<number[][]>) => {
            this._windows.push(...data);
            if (this._windows.length > mostWindows) {
                this._windows = this._windows.slice(-mostWindows);
            }
        };
        source.connect(node);
        const asking = setInterval(() => void this._ask(), askMs);
        this._life.add(() => clearInterval(asking));
        const { rtc, room } = plugin;
        this._take("room", room.status$, (status) =>
            status.state === "notAvailable" ? `notAvailable ${status.error?.code ?? ""}`.trim() : status.state,
        );
        this._take("connection", rtc.connection$, (state) => state);
        this._take("members", room.members$, (members) => [...members.values()].map(seen).toSorted());
        this._take("voices", rtc.voices$, (voices) => [...voices.values()].map(({ member, link }) => seen({ ...member, link })).toSorted());
        this._take("error", rtc.error$, ({ code, message }) => `${code}: ${message}`, true);
    }

    public static async StartAsync(engine: AudioEngineV2, plugin: RtcPlugin, pitches: readonly number[]): Promise<Witness> {
        const internals = engine as unknown as { readonly _audioContext: AudioContext; readonly mainOut: { readonly _inNode: AudioNode } };
        const context = internals._audioContext;
        const url = URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
        // A second witness of the same context: rejects, because the processor name is already registered.
        await context.audioWorklet.addModule(url).catch(() => undefined);
        URL.revokeObjectURL(url);
        const node = new AudioWorkletNode(context, "witness", {
            processorOptions: { pitches },
            channelCount: 1,
            channelCountMode: "explicit",
        });
        return new Witness(node, internals.mainOut._inNode, pitches, plugin);
    }

    /** Returns the recording so far. */
    public testify(): ITestimony {
        return {
            times: this._windows.map(([at]) => at ?? NaN),
            levels: Object.fromEntries(this._pitches.map((hz, i) => [hz, this._windows.map((window) => window[i + 1] ?? NaN)])),
            states: this._states,
            concealments: this._concealments,
            connections: (globalThis.madeConnections ?? []).map(({ at }) => at),
        };
    }

    /** True if the page is connected to the room and its voice chat. */
    public get isConnected(): boolean {
        return this._last.get("room") === '"inRoom"' && this._last.get("connection") === '"connected"';
    }

    /** True if each of these tones is heard now: it is present in all windows of the last 200 ms. */
    public isHearing(pitches: readonly number[]): boolean {
        return pitches.every((hz) => this._isThere(this._pitches.indexOf(hz) + 1));
    }

    /**
     * Tones that were heard in the last second. Up to a tenth of the windows may be missing, because of a busy machine, but none of the last 200 ms.
     * @param pitches - recorded pitches to check, in Hz
     * @param since - time before which no window counts, in milliseconds since 1970
     */
    public steady(pitches: readonly number[], since: number): number[] {
        const [first] = this._windows.at(-steadyWindows) ?? [];
        return first !== undefined && first >= since ? pitches.filter((hz) => this._isSteady(this._pitches.indexOf(hz) + 1)) : [];
    }

    /** Clears the recording. The current states become the first entries. */
    public forget(): void {
        this._windows = [];
        this._states.splice(0);
        this._concealments.splice(0);
        this._last.forEach((value, what) => what !== "error" && this._states.push({ at: Date.now(), what, value: JSON.parse(value) }));
    }

    public dispose(): void {
        this._life.unsubscribe();
        this._source.disconnect(this._node);
        this._node.port.postMessage("end");
    }

    private _isSteady(column: number): boolean {
        const { levels, usual } = this._lastSecond(column);
        return this._isThere(column) && levels.filter((level) => level > 0.5 * usual).length >= 0.9 * steadyWindows;
    }

    private _isThere(column: number): boolean {
        const { levels, usual } = this._lastSecond(column);
        return usual > 0.02 && levels.slice(-0.2 * steadyWindows).every((level) => level > 0.5 * usual);
    }

    /** Levels of a tone in the last second, and their median. */
    private _lastSecond(column: number): { readonly levels: readonly number[]; readonly usual: number } {
        const levels = this._windows.slice(-steadyWindows).map((window) => window[column] ?? 0);
        return { levels, usual: levels.toSorted((a, b) => a - b)[steadyWindows / 2] ?? 0 };
    }

    private async _ask(): Promise<void> {
        for (const [index, { connection }] of (globalThis.madeConnections ?? []).entries()) {
            if (connection.connectionState === "closed") {
                continue;
            }
            (await connection.getStats()).forEach((each: { type: string; concealedSamples?: number }) => {
                if (each.type === "inbound-rtp" && this._concealments.length < mostAnswers) {
                    // Opus is decoded at 48 kHz.
                    this._concealments.push({ at: Date.now(), connection: index, ms: (each.concealedSamples ?? 0) / 48 });
                }
            });
        }
    }

    private _take<T>(what: string, values$: Observable<T>, say: (value: T) => unknown, isEvent = false): void {
        this._life.add(
            values$.subscribe((each) => {
                const value = say(each);
                const text = JSON.stringify(value);
                if ((isEvent || this._last.get(what) !== text) && this._states.length < mostStates) {
                    this._last.set(what, text);
                    this._states.push({ at: Date.now(), what, value });
                }
            }),
        );
    }
}

/** Name of a member, with a mark for reconnecting or a missing path. */
function seen(member: { readonly name: string; readonly reconnecting?: boolean; readonly link?: VoiceLink }): string {
    return `${member.name}${member.reconnecting === true ? " (reconnecting)" : ""}${member.link === "noPath" ? " (no path)" : ""}`;
}
