import type { MediaConnection } from "peerjs";
import type { IRtcPeer } from "../../../protocol/wire.js";
import { RtcError } from "../../errors/rtcError.js";
import type { ILinkFacts } from "../linkFacts.js";
import type { IRetryPolicy } from "../retryPolicy.js";
import type { IRemoteVoice, VoiceInterest } from "../voiceTransport.js";
import { isCallerOf, shouldCall } from "./callRule.js";
import { PendingCalls } from "./pendingCalls.js";
import { Link } from "./link.js";
import { withOpusSettings } from "./opusSdp.js";
import type { IOpusSettings } from "../opusSettings.js";
import { PeerSlot } from "./peerSlot.js";
import { PausedSenderGuard } from "./pausedSenderGuard.js";
import { mayBeHeard, mayHear, noPeers } from "../control/peerList.js";
import type { PeerList } from "../control/peerList.js";
import type { IRtpDataLink, RtpData } from "./frames/rtpData.js";

/** A live audio track of silence, and its release. */
export interface ISilentTrack {
    readonly track: MediaStreamTrack;
    dispose(): void;
}

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
    readonly rtpData?: Pick<RtpData, "serve"> | null;
    /** What a member's end sent along with their voice, of those who may be heard. */
    readonly onRtpData?: (from: string, bytes: Uint8Array) => void;
    readonly onRemotes: (remotes: ReadonlyMap<string, IRemoteVoice>) => void;
    readonly onError: (error: RtcError) => void;
}

/** The links to everybody in the list: makes those that are ours to make, answers those of named callers, calls again where one failed. */
export class Mesh {
    private readonly _options: IMeshOptions;
    private readonly _silence: ISilentTrack;
    private readonly _slots = new Map<string, PeerSlot>();
    private readonly _wanted = new Map<string, VoiceInterest>();
    private readonly _pending = new PendingCalls();
    private readonly _guard = new PausedSenderGuard({
        linkOf: (id) => this._slots.get(id)?.link ?? null,
        onTrespass: (id) => {
            this._slots.get(id)?.hangUp();
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
        for (const [id, slot] of this._slots) {
            if (peers.get(id)?.peerId !== slot.peerId) {
                this._drop(id, slot);
                this._wanted.delete(id);
                this._guard.forget(id);
            }
        }
        for (const [id, peer] of peers) {
            if (id === this._options.selfId) {
                continue;
            }
            const slot = this._slotOf(id, peer);
            // Somebody who can be called again after a pause gets all attempts anew.
            if (peer.ready && before.get(id)?.ready !== true) {
                slot.renewAttempts();
            }
            this._answerPending(id, peer);
            this._callIfOurs(id);
            void slot.link?.sendAsync(this._trackFor(id));
        }
        this._tell();
    }

    /** Between these and us nothing passes: no call is made or answered, and those that stand end. */
    public setBlocked(ids: readonly string[]): void {
        this._blocked = new Set(ids);
        for (const [id, slot] of this._slots) {
            const peer = this._peers.get(id);
            if (this._blocked.has(id)) {
                slot.hangUp();
            } else if (peer) {
                this._answerPending(id, peer);
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
                this._answerPending(id, peer);
                this._callIfOurs(id);
            }
        }
    }

    /** Whether calls can be made. */
    public setOnline(online: boolean): void {
        const back = online && !this._online;
        this._online = online;
        for (const [id, slot] of this._slots) {
            if (back) {
                slot.renewAttempts();
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
        const slot = this._slots.get(id);
        if (wanted !== "off" && this._wanted.get(id) === "off" && slot && slot.link?.connected !== true && this._isOursToCall(id)) {
            // They may have hung up meanwhile, or let it ring: they want to be called at once.
            slot.hangUp();
            this._callIfOurs(id);
        }
        this._wanted.set(id, wanted);
        void slot?.link?.sendAsync(this._trackFor(id));
    }

    /** Answers a call if the server has named the caller and it is the caller's part to call; refuses it otherwise. */
    public onCall(call: MediaConnection): void {
        const self = this._peers.get(this._options.selfId);
        const [id, peer] = [...this._peers].find(([, each]) => each.peerId === call.peer) ?? [];
        if (this._disposed || !self) {
            call.close();
        } else if (id === undefined || !peer || this._isShut(id)) {
            this._pending.keep(call);
        } else if (!isCallerOf(peer, self)) {
            call.close();
        } else {
            const slot = this._slotOf(id, peer);
            slot.link?.close();
            call.answer(new MediaStream([this._trackFor(id) ?? this._silence.track]), { sdpTransform: this._sdpTransform });
            this._adopt(id, slot, call);
            this._tell();
        }
    }

    /** What is known of the links that stand or come up, by member id. */
    public async factsAsync(): Promise<ReadonlyMap<string, ILinkFacts>> {
        const all = await Promise.all([...this._slots].map(async ([id, { link }]) => [id, (await link?.factsAsync()) ?? null] as const));
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
        const to = [...this._slots.keys()].filter((id) => this.ridesWith(id));
        to.forEach((id) => this._ridingTo(id)?.send(bytes, times));
        return new Set(to);
    }

    /** Hangs up everywhere. */
    public dispose(): void {
        this._disposed = true;
        for (const [id, slot] of this._slots) {
            this._drop(id, slot);
        }
        this._pending.dispose();
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
        await Promise.all([...this._slots].map(async ([id, slot]) => slot.link?.sendAsync(this._trackFor(id))));
    }

    private _slotOf(id: string, peer: IRtcPeer): PeerSlot {
        let slot = this._slots.get(id);
        if (!slot) {
            slot = new PeerSlot(peer.peerId, this._options.retryPolicy);
            this._slots.set(id, slot);
        }
        return slot;
    }

    private _isOursToCall(id: string): boolean {
        const peer = this._peers.get(id);
        return this._self !== undefined && peer !== undefined && isCallerOf(this._self, peer);
    }

    private _callIfOurs(id: string): void {
        const self = this._peers.get(this._options.selfId);
        const peer = this._peers.get(id);
        const slot = this._slots.get(id);
        if (
            this._disposed ||
            !this._online ||
            !self ||
            !peer ||
            !slot ||
            slot.link ||
            slot.givenUp ||
            slot.timer !== undefined ||
            this._isShut(id) ||
            !shouldCall(self, peer)
        ) {
            return;
        }
        const call = this._options.call(peer.peerId, this._trackFor(id) ?? this._silence.track, this._sdpTransform);
        if (call) {
            this._adopt(id, slot, call);
        }
    }

    private _adopt(id: string, slot: PeerSlot, call: MediaConnection): void {
        slot.track = null;
        const link = new Link(call, {
            onTrack: (track) => {
                link.bufferFor(this._options.jitterTargetMs);
                slot.track = track;
                this._tell();
            },
            onConnected: () => slot.retries.succeeded(),
            onEnded: () => this._onEnded(id, slot),
            ride: (connection, sender) =>
                this._peers.get(id)?.ridesData === true
                    ? (this._options.rtpData?.serve(connection, sender, (bytes) => this._onRtpData(id, bytes)) ?? null)
                    : null,
        });
        slot.link = link;
        void link.sendAsync(this._trackFor(id));
    }

    private _ridingTo(id: string): IRtpDataLink | null {
        const flowing = mayBeHeard(this._self) && this._trackFor(id) !== null;
        return flowing ? (this._slots.get(id)?.link?.data ?? null) : null;
    }

    private _onRtpData(id: string, bytes: Uint8Array): void {
        if (mayHear(this._self) && mayBeHeard(this._peers.get(id))) {
            this._options.onRtpData?.(id, bytes);
        }
    }

    private _onEnded(id: string, slot: PeerSlot): void {
        slot.link = null;
        slot.track = null;
        this._tell();
        const peer = this._peers.get(id);
        if (this._disposed || !peer || !this._isOursToCall(id)) {
            return;
        }
        const delay = slot.retries.failed();
        if (delay === null) {
            slot.givenUp = true;
            this._options.onError(
                new RtcError(
                    "linkFailed",
                    `No audio path to ${peer.name || "a member"} could be found. Behind strict firewalls a TURN server is needed (iceServers).`,
                ),
            );
            return;
        }
        slot.timer = setTimeout(() => {
            slot.timer = undefined;
            this._callIfOurs(id);
        }, delay);
    }

    private _drop(id: string, slot: PeerSlot): void {
        slot.hangUp();
        this._slots.delete(id);
    }

    private _answerPending(id: string, peer: IRtcPeer): void {
        const early = this._isShut(id) ? null : this._pending.take(peer.peerId);
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
                const track = hearing && mayBeHeard(peer) ? (this._slots.get(id)?.track ?? null) : null;
                remotes.set(id, { id, name, muted, mayPublish, publishing, capturing, ridesData, blocked: this._blocked.has(id), track });
            }
        }
        this._options.onRemotes(remotes);
    }
}
