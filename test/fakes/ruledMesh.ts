import { BehaviorSubject } from "rxjs";
import type { MediaConnection } from "peerjs";
import type { IRtcPeer } from "../../protocol/wire.js";
import type { IControlState, PeerList } from "../../src/transport/control/controlSession.js";
import type { ILinkFacts } from "../../src/transport/linkFacts.js";
import { Mesh } from "../../src/transport/mesh/mesh.js";
import type { IMeshParts, IMeshSettings } from "../../src/transport/mesh/mesh.js";
import type { ISignalling, ISignallingRequest } from "../../src/transport/mesh/peerSignalling.js";
import { VoiceSession } from "../../src/transport/voiceSession.js";
import type { IControlSession } from "../../src/transport/voiceSession.js";
import type { IRemoteVoice, VoiceInterest } from "../../src/transport/voiceTransport.js";
import { fakeControl } from "./fakeControl.js";

/** Options of a mesh, and its fake environment. */
export interface IRuledMeshOptions extends Omit<IMeshSettings, "iceServers"> {
    readonly info: IRtcPeer;
    /** Calls a peer. Returns null while signalling is down. */
    readonly call: ISignalling["call"];
    /** Peer ids that the RTC room expects us to call. Default: none. */
    readonly callees?: readonly string[];
    readonly rtpData?: IMeshParts["rtpData"];
    readonly onRtpData?: (from: string, bytes: Uint8Array) => void;
    readonly onRemotes: (remotes: ReadonlyMap<string, IRemoteVoice>) => void;
    readonly onError: (error: Error) => void;
}

/** A real mesh and session. The test controls the state of the RTC room. */
export class RuledMesh {
    private readonly _options: IRuledMeshOptions;
    private readonly _mesh: Mesh;
    private readonly _room = new BehaviorSubject<IControlState>({ peers: new Map(), blocked: new Set(), wanted: new Map() });
    private readonly _control: IControlSession;
    private _interest: ReadonlyMap<string, VoiceInterest> = new Map();
    /** Peer ids of the calls that signalling has prepared; null after they were discarded. */
    prepared: readonly string[] | null = [];
    private _request: ISignallingRequest | null = null;
    private _session: VoiceSession | null = null;

    constructor(options: IRuledMeshOptions) {
        this._options = options;
        const { info, call, rtpData = null, callees = [] } = options;
        const interest = (): ReadonlyMap<string, VoiceInterest> => this._interest;
        this._control = fakeControl(info, this._room, {
            get interest() {
                return interest();
            },
        });
        this._mesh = new Mesh(
            { ...options, iceServers: [] },
            {
                signalling: (request) => {
                    this._request = request;
                    return {
                        openAsync: async (_, preparation) => void (this.prepared = preparation?.peerIds ?? []),
                        call,
                        discardPrepared: () => (this.prepared = null),
                        disconnect: () => undefined,
                        close: () => undefined,
                    };
                },
                rtpData,
            },
        );
        this._mesh.error$.subscribe(options.onError);
        this._mesh.rtpData?.received$.subscribe(({ from, data }) => options.onRtpData?.(from, data));
        const { signal } = new AbortController();
        void this._mesh.openAsync({ server: "", peerId: info.peerId, secret: "", iceServers: [], callees, signal });
    }

    setPeers(peers: PeerList): void {
        this._change({ peers });
        // The session starts with the first list of peers, like a real one with the welcome message of the RTC room.
        this._session ??= this._join();
    }

    setBlocked(ids: readonly string[]): void {
        this._change({ blocked: new Set(ids) });
    }

    setWanted(id: string, wanted: VoiceInterest): void {
        this._change({ wanted: new Map(this._room.value.wanted).set(id, wanted) });
    }

    setPaused(ids: ReadonlySet<string>): void {
        this.setInterest(new Map([...ids].map((id) => [id, "off"])));
    }

    setInterest(interest: ReadonlyMap<string, VoiceInterest>): void {
        this._interest = interest;
        this._joined.setInterest(interest);
    }

    setPublishing(publishing: boolean): void {
        this._joined.setState({ publishing, capturing: true });
    }

    async publishAsync(track: MediaStreamTrack | null): Promise<void> {
        await this._joined.publishAsync(track);
    }

    /** Switches to another peer id, as after a re-entry on a server that does not know the previous id. */
    reopen(peerId: string): void {
        this._mesh.reopen({ server: "", peerId, secret: "", iceServers: [] });
    }

    /** Sets whether signalling is online, so that calls can be made. */
    setOnline(online: boolean): void {
        this._request?.onOnline(online);
    }

    onCall(call: MediaConnection): void {
        this._request?.onCall(call);
    }

    async factsAsync(): Promise<ReadonlyMap<string, ILinkFacts>> {
        return this._joined.statisticsAsync();
    }

    canSendWithVoice(id: string): boolean {
        return this._joined.rtpData?.reaches(id) === true;
    }

    sendWithVoice(bytes: Uint8Array, times: number): ReadonlySet<string> {
        return this._joined.rtpData?.send(bytes, times) ?? new Set();
    }

    hearsAnybody(): boolean | null {
        return this._mesh.hearsAnybody();
    }

    dispose(): void {
        this._mesh.close();
    }

    private _change(change: Partial<IControlState>): void {
        this._room.next({ ...this._room.value, ...change });
    }

    private get _joined(): VoiceSession {
        return (this._session ??= this._join());
    }

    private _join(): VoiceSession {
        const session = new VoiceSession(this._control, this._mesh);
        session.remotes$.subscribe(this._options.onRemotes);
        return session;
    }
}
