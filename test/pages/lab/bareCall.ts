import { Peer } from "peerjs";
import { onsetAsync } from "./ears.js";
import { ToneSource } from "./toneSource.js";

/** PeerJS' options. PeerJS declares them as a class, but applications pass a literal. */
type Options = Omit<NonNullable<ConstructorParameters<typeof Peer>[1]>, "debug">;

/** A plain PeerJS call as in the PeerJS documentation, without this library. Serves as baseline. */
export class BareCall {
    private readonly _peer: Peer;
    private readonly _tone: ToneSource;
    private readonly _context = new AudioContext();
    private readonly _begin: number;

    private constructor(port: number, id: string, hz: number) {
        this._tone = new ToneSource(hz);
        this._begin = performance.now();
        const options: Options = { host: "localhost", port, path: "/", secure: false, config: { iceServers: [] } };
        this._peer = new Peer(id, options);
    }

    /** Registers a peer that answers calls and plays the received audio. Resolves when the peer can be called. */
    public static async ListenAsync(port: number, id: string, hz: number): Promise<BareCall> {
        const listener = new BareCall(port, id, hz);
        listener._peer.on("call", (call) => {
            call.on("stream", (stream) => listener._play(stream));
            call.answer(listener._tone.stream);
        });
        await new Promise((resolve) => listener._peer.once("open", resolve));
        return listener;
    }

    /** Calls a listening peer. Returns the time from `new Peer` to the first sound, in milliseconds. */
    public static async CallAsync(port: number, id: string, hz: number, other: string): Promise<number> {
        const caller = new BareCall(port, id, hz);
        await new Promise((resolve) => caller._peer.once("open", resolve));
        const call = caller._peer.call(other, caller._tone.stream);
        const stream = await new Promise<MediaStream>((resolve) => call.once("stream", resolve));
        const end = await onsetAsync(caller._play(stream));
        return end - caller._begin;
    }

    /** Opens a signalling socket of our server directly and calls a peer through it. Returns `open` or `refused`. */
    public static async IntrudeAsync(server: string, id: string, token: string, victim: string, hz: number): Promise<"open" | "refused"> {
        const tone = new ToneSource(hz);
        const { hostname, port } = new URL(server);
        const options: Options = { host: hostname, port: Number(port), path: "/signal", secure: false, token, config: { iceServers: [] } };
        const peer = new Peer(id, options);
        peer.call(victim, tone.stream);
        return await new Promise((resolve) => {
            peer.once("open", () => {
                peer.call(victim, tone.stream);
                resolve("open");
            });
            peer.once("error", () => resolve("refused"));
        });
    }

    private _play(stream: MediaStream): AnalyserNode {
        const sink = new Audio();
        sink.muted = true;
        sink.srcObject = stream;
        void sink.play();
        const analyser = new AnalyserNode(this._context, { fftSize: 8_192 });
        new MediaStreamAudioSourceNode(this._context, { mediaStream: stream }).connect(analyser);
        analyser.connect(this._context.destination);
        return analyser;
    }
}
