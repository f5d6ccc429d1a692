import type { MediaConnection } from "peerjs";
import type { IRtcPeer } from "../../../server/src/protocol.js";
import { RtcError } from "../../errors/rtcError.js";
import type { ILinkFacts } from "../linkFacts.js";
import type { IRetryPolicy } from "../retryPolicy.js";
import type { IRemoteVoice, VoiceInterest } from "../voiceTransport.js";
import { isCallerOf, shouldCall } from "./callRule.js";
import { EarlyCalls } from "./earlyCalls.js";
import { mayBeHeard, mayHear } from "./hearingRule.js";
import { Link } from "./link.js";
import { withOpusSettings } from "./opusSdp.js";
import type { IOpusSettings } from "./opusSettings.js";
import { Path } from "./path.js";
import { PauseGuard } from "./pauseGuard.js";
import type { ISilentTrack } from "./peerJsTransport.js";
import { noPeers } from "./peerList.js";
import type { PeerList } from "./peerList.js";
import type { IVoiceDataLink, VoiceData } from "./voiceData.js";

/** What the mesh stands on, and whom it tells. */
export interface IMeshOptions {
    readonly selfId: string;
    readonly silentTrack: () => ISilentTrack;
    readonly opus: IOpusSettings;
    readonly jitterTargetMs: number | null;
    readonly retryPolicy: IRetryPolicy;
    /** Calls somebody; null while signalling is down. */
    readonly call: (peerId: string, track: MediaStreamTrack, sdpTransform: (sdp: string) => string) => MediaConnection | null;
    /** Lets data ride with voices; null if this end cannot. */
    readonly voiceData?: Pick<VoiceData, "serve"> | null;
    /** What a member's end sent along with their voice, of those who may be heard. */
    readonly onVoiceData?: (from: string, bytes: Uint8Array) => void;
    readonly onRemotes: (remotes: ReadonlyMap<string, IRemoteVoice>) => void;
    readonly onError: (error: RtcError) => void;
}

/** The links to everybody in the list: makes those that are ours to make, answers those of named callers, calls again where one failed. */
export class Mesh {
    private readonly _options: IMeshOptions;
    private readonly _silence: ISilentTrack;
    private readonly _paths = new Map<string, Path>();
    private readonly _wanted = new Map<string, VoiceInterest>();
    private readonly _early = new EarlyCalls();
    private readonly _guard = new PauseGuard({
        linkOf: (id) => this._paths.get(id)?.link ?? null,
        onTrespass: (id) => {
            this._paths.get(id)?.hangUp();
            this._tell();
        },
    });
    private _blocked: ReadonlySet<string> = new Set();
    private _peers: PeerList = noPeers;
    private _online = false;
    private _track: MediaStreamTrack | null = null;
    private _publishing = true;
    private _disposed = false;

    /** @param options - what it stands on */
    public constructor(options: IMeshOptions) {
        this._options = options;
        this._silence = options.silentTrack();
    }

    /** Who is there now. */
    public setPeers(peers: PeerList): void {
        const before = this._peers;
        this._peers = peers;
        for (const [id, path] of this._paths) {
            if (peers.get(id)?.peerId !== path.peerId) {
                this._drop(id, path);
                this._wanted.delete(id);
                this._guard.forget(id);
            }
        }
        for (const [id, peer] of peers) {
            if (id === this._options.selfId) {
                continue;
            }
            const path = this._pathTo(id, peer);
            // Somebody who can be called again after a pause gets all attempts anew.
            if (peer.ready && before.get(id)?.ready !== true) {
                path.renewAttempts();
            }
            this._answerEarly(id, peer);
            this._callIfOurs(id);
            void path.link?.sendAsync(this._trackFor(id));
        }
        this._tell();
    }

    /** Between these and us nothing passes: no call is made or answered, and those that stand end. */
    public setBlocked(ids: readonly string[]): void {
        this._blocked = new Set(ids);
        for (const [id, path] of this._paths) {
            const peer = this._peers.get(id);
            if (this._blocked.has(id)) {
                path.hangUp();
            } else if (peer) {
                this._answerEarly(id, peer);
                this._callIfOurs(id);
            }
        }
        this._tell();
    }

    /** Of these nothing shall come: they were asked to stop, and whoever does not is cut off until they are wanted again. */
    public setPaused(ids: ReadonlySet<string>): void {
        for (const id of this._disposed ? [] : this._guard.setPaused(ids)) {
            const peer = this._peers.get(id);
            if (peer) {
                this._answerEarly(id, peer);
                this._callIfOurs(id);
            }
        }
    }

    /** Whether calls can be made. */
    public setOnline(online: boolean): void {
        const back = online && !this._online;
        this._online = online;
        for (const [id, path] of this._paths) {
            if (back) {
                path.renewAttempts();
            }
            this._callIfOurs(id);
        }
    }

    /** Sends this track to everybody who wants and may have it; null = silence. */
    public async publishAsync(track: MediaStreamTrack | null): Promise<void> {
        this._track = track;
        await this._sendAsync();
    }

    /** Whether anything is sent to anybody. */
    public setPublishing(publishing: boolean): void {
        this._publishing = publishing;
        void this._sendAsync();
    }

    /** How much of our voice that member asks for. */
    public setWanted(id: string, wanted: VoiceInterest): void {
        const path = this._paths.get(id);
        if (wanted !== "off" && this._wanted.get(id) === "off" && path && path.link?.connected !== true && this._isOursToCall(id)) {
            // They may have hung up meanwhile, or let it ring: they want to be called at once.
            path.hangUp();
            this._callIfOurs(id);
        }
        this._wanted.set(id, wanted);
        void path?.link?.sendAsync(this._trackFor(id));
    }

    /** Answers a call if the server has named the caller and it is the caller's part to call; refuses it otherwise. */
    public onCall(call: MediaConnection): void {
        const self = this._peers.get(this._options.selfId);
        const [id, peer] = [...this._peers].find(([, each]) => each.peerId === call.peer) ?? [];
        if (this._disposed || !self) {
            call.close();
        } else if (id === undefined || !peer || this._isShut(id)) {
            this._early.keep(call);
        } else if (!isCallerOf(peer, self)) {
            call.close();
        } else {
            const path = this._pathTo(id, peer);
            path.link?.close();
            call.answer(new MediaStream([this._trackFor(id) ?? this._silence.track]), { sdpTransform: this._sdpTransform });
            this._adopt(id, path, call);
            this._tell();
        }
    }

    /** What is known of the links that stand or come up, by member id. */
    public async factsAsync(): Promise<ReadonlyMap<string, ILinkFacts>> {
        const all = await Promise.all([...this._paths].map(async ([id, { link }]) => [id, (await link?.factsAsync()) ?? null] as const));
        return new Map(all.flatMap(([id, facts]) => (facts ? [[id, facts]] : [])));
    }

    /** Whether data goes along with our voice to that member, as things are now. */
    public ridesWith(id: string): boolean {
        return this._ridingTo(id) !== null;
    }

    /**
     * Sends data along with our voice.
     * @param bytes - 1 to 255
     * @param times - in how many packets
     * @returns to whom
     */
    public sendWithVoice(bytes: Uint8Array, times: number): ReadonlySet<string> {
        const to = [...this._paths.keys()].filter((id) => this.ridesWith(id));
        to.forEach((id) => this._ridingTo(id)?.send(bytes, times));
        return new Set(to);
    }

    /** Hangs up everywhere. */
    public dispose(): void {
        this._disposed = true;
        for (const [id, path] of this._paths) {
            this._drop(id, path);
        }
        this._early.dispose();
        this._guard.dispose();
        this._silence.dispose();
    }

    private get _self(): IRtcPeer | undefined {
        return this._peers.get(this._options.selfId);
    }

    /** What is sent; silence for whoever may not be heard, lest a modified receiver listen. */
    private get _current(): MediaStreamTrack {
        return (mayBeHeard(this._self) ? this._track : null) ?? this._silence.track;
    }

    /** Whether there shall be no call between that member and us. */
    private _isShut(id: string): boolean {
        return this._blocked.has(id) || this._guard.isCutOff(id);
    }

    private readonly _sdpTransform = (sdp: string): string => withOpusSettings(sdp, this._options.opus);

    private _trackFor(id: string): MediaStreamTrack | null {
        const wanted = this._wanted.get(id) ?? "on";
        return this._publishing && wanted === "on" && mayHear(this._peers.get(id)) ? this._current : null;
    }

    private async _sendAsync(): Promise<void> {
        await Promise.all([...this._paths].map(async ([id, path]) => path.link?.sendAsync(this._trackFor(id))));
    }

    private _pathTo(id: string, peer: IRtcPeer): Path {
        let path = this._paths.get(id);
        if (!path) {
            path = new Path(peer.peerId, this._options.retryPolicy);
            this._paths.set(id, path);
        }
        return path;
    }

    private _isOursToCall(id: string): boolean {
        const peer = this._peers.get(id);
        return this._self !== undefined && peer !== undefined && isCallerOf(this._self, peer);
    }

    private _callIfOurs(id: string): void {
        const self = this._peers.get(this._options.selfId);
        const peer = this._peers.get(id);
        const path = this._paths.get(id);
        if (
            this._disposed ||
            !this._online ||
            !self ||
            !peer ||
            !path ||
            path.link ||
            path.givenUp ||
            path.timer !== undefined ||
            this._isShut(id) ||
            !shouldCall(self, peer)
        ) {
            return;
        }
        const call = this._options.call(peer.peerId, this._trackFor(id) ?? this._silence.track, this._sdpTransform);
        if (call) {
            this._adopt(id, path, call);
        }
    }

    private _adopt(id: string, path: Path, call: MediaConnection): void {
        path.track = null;
        const link = new Link(call, {
            onTrack: (track) => {
                link.bufferFor(this._options.jitterTargetMs);
                path.track = track;
                this._tell();
            },
            onConnected: () => path.retries.succeeded(),
            onEnded: () => this._onEnded(id, path),
            ride: (connection, sender) =>
                this._peers.get(id)?.ridesData === true
                    ? (this._options.voiceData?.serve(connection, sender, (bytes) => this._onVoiceData(id, bytes)) ?? null)
                    : null,
        });
        path.link = link;
        void link.sendAsync(this._trackFor(id));
    }

    private _ridingTo(id: string): IVoiceDataLink | null {
        const flowing = mayBeHeard(this._self) && this._trackFor(id) !== null;
        return flowing ? (this._paths.get(id)?.link?.data ?? null) : null;
    }

    private _onVoiceData(id: string, bytes: Uint8Array): void {
        if (mayHear(this._self) && mayBeHeard(this._peers.get(id))) {
            this._options.onVoiceData?.(id, bytes);
        }
    }

    private _onEnded(id: string, path: Path): void {
        path.link = null;
        path.track = null;
        this._tell();
        const peer = this._peers.get(id);
        if (this._disposed || !peer || !this._isOursToCall(id)) {
            return;
        }
        const delay = path.retries.failed();
        if (delay === null) {
            path.givenUp = true;
            this._options.onError(
                new RtcError(
                    "linkFailed",
                    `No audio path to ${peer.name || "a member"} could be found. Behind strict firewalls a TURN server is needed (iceServers).`,
                ),
            );
            return;
        }
        path.timer = setTimeout(() => {
            path.timer = undefined;
            this._callIfOurs(id);
        }, delay);
    }

    private _drop(id: string, path: Path): void {
        path.hangUp();
        this._paths.delete(id);
    }

    private _answerEarly(id: string, peer: IRtcPeer): void {
        const early = this._isShut(id) ? null : this._early.take(peer.peerId);
        if (early) {
            this.onCall(early);
        }
    }

    private _tell(): void {
        if (this._disposed) {
            return;
        }
        const remotes = new Map<string, IRemoteVoice>();
        const hearing = mayHear(this._self);
        for (const [id, peer] of this._peers) {
            if (id !== this._options.selfId) {
                const { name, muted, mayPublish, publishing, capturing, ridesData } = peer;
                // Whoever may not be heard is not, whatever they send.
                const track = hearing && mayBeHeard(peer) ? (this._paths.get(id)?.track ?? null) : null;
                remotes.set(id, { id, name, muted, mayPublish, publishing, capturing, ridesData, blocked: this._blocked.has(id), track });
            }
        }
        this._options.onRemotes(remotes);
    }
}
