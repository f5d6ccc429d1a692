import type { MediaConnection } from "peerjs";
import { BehaviorSubject, Subject } from "rxjs";
import type { Observable } from "rxjs";
import { isCallerOf, maxCallees } from "../../../protocol/callOrder.js";
import { areIceServers, iceServersWanted } from "../../../protocol/iceServers.js";
import { RtcError } from "../../errors/rtcError.js";
import { onDemandAsync } from "../../interop/onDemand.js";
import type { ILinkFacts } from "../linkFacts.js";
import type { IMediaPlane, IPlaneOpening, IPlanePeer, IPlaneReopening, PlaneState } from "../mediaPlane.js";
import type { IOpusSettings } from "../opusSettings.js";
import { DefaultRetryPolicy, EnduringRetryPolicy } from "../retryPolicy.js";
import type { IRetryPolicy } from "../retryPolicy.js";
import type { IVoiceDataMessage, IVoiceRtpData } from "../voiceMessages.js";
import type { VoiceInterest, VoiceLink } from "../voiceTransport.js";
import { shouldCall } from "./callRule.js";
import type { IRtpDataLink, RtpData } from "./frames/rtpData.js";
import { Link } from "./link.js";
import { withOpusSettings, withinOpusSettings } from "./opusSdp.js";
import { PausedSenderGuard } from "./pausedSenderGuard.js";
import { PeerSignalling } from "./peerSignalling.js";
import type { ISignalling, ISignallingRequest } from "./peerSignalling.js";
import { PeerSlot } from "./peerSlot.js";
import { PendingCalls } from "./pendingCalls.js";

export { prepareCallsAsync } from "./peerSignalling.js";

/** Advice for the user when no path is found. */
function turnAdvice(turnRefusal: string | null): string {
    return turnRefusal === null
        ? "Behind strict firewalls a TURN server is needed (iceServers)."
        : `The TURN server ${turnRefusal} rejects the credentials. Check that the server's turn.secret is its static-auth-secret, and that both clocks agree.`;
}

/** A live audio track that carries silence, and its release. */
export interface ISilentTrack {
    readonly track: MediaStreamTrack;
    dispose(): void;
}

/** Settings of a mesh. */
export interface IMeshSettings {
    /** Makes the track that links send while nothing is published; the mesh disposes it. */
    readonly silentTrack: () => ISilentTrack;
    /** STUN and TURN servers that replace those of the grant. */
    readonly iceServers?: RTCIceServer[] | undefined;
    /** True = links use only TURN servers. Default: false. */
    readonly relayOnly?: boolean | undefined;
    readonly opus: IOpusSettings;
    /** Minimum delay of the jitter buffer, in milliseconds; null = the browser decides. */
    readonly jitterTargetMs: number | null;
    /** Retry policy of links and of signalling. Default: `DefaultRetryPolicy` for links; `EnduringRetryPolicy` for signalling. */
    readonly retryPolicy?: IRetryPolicy | undefined;
}

/** Dependencies of a mesh. */
export interface IMeshParts {
    /** Makes signalling, which the mesh opens and closes. */
    readonly signalling: (request: ISignallingRequest) => ISignalling;
    /** Data in RTP, which the mesh disposes; null if it is not wanted or not supported here. */
    readonly rtpData: Pick<RtpData, "serve" | "dispose"> | null;
}

/** Mesh of PeerJS calls with every peer: calls the peers that we have to call, answers known callers, and calls again after a failure. */
export class Mesh implements IMediaPlane {
    public readonly state$: Observable<PlaneState>;
    public readonly tracks$: Observable<ReadonlyMap<string, MediaStreamTrack>>;
    public readonly links$: Observable<ReadonlyMap<string, VoiceLink>>;
    public readonly error$: Observable<RtcError>;
    public readonly rtpData?: IVoiceRtpData;

    private readonly _state = new BehaviorSubject<PlaneState>("connecting");
    private readonly _tracks = new BehaviorSubject<ReadonlyMap<string, MediaStreamTrack>>(new Map());
    private readonly _links = new BehaviorSubject<ReadonlyMap<string, VoiceLink>>(new Map());
    private readonly _errors = new Subject<RtcError>();
    private readonly _rtpReceived = new Subject<IVoiceDataMessage>();
    private readonly _settings: IMeshSettings;
    private readonly _parts: IMeshParts;
    private readonly _silence: ISilentTrack;
    private readonly _slots = new Map<string, PeerSlot>();
    private readonly _pending = new PendingCalls();
    private readonly _guard = new PausedSenderGuard({
        linkOf: (id) => this._slots.get(id)?.link ?? null,
        onTrespass: (id) => {
            this._slots.get(id)?.closeAll();
            this._tell();
        },
    });
    private _signalling: ISignalling | null = null;
    private _peerId: string | null = null;
    private _server = "";
    private _iceServers: RTCIceServer[] = [];
    /** Our own position in the join order; null before the first list of peers. */
    private _order: number | null = null;
    private _peers: ReadonlyMap<string, IPlanePeer> = new Map();
    private _interest: ReadonlyMap<string, VoiceInterest> = new Map();
    private _published: MediaStreamTrack | null = null;
    private _online = false;
    private _closed = false;

    /**
     * @param settings - of the mesh
     * @param parts - dependencies
     */
    public constructor(settings: IMeshSettings, parts: IMeshParts) {
        this._settings = settings;
        this._parts = parts;
        this._silence = silenceOf(settings);
        this.state$ = this._state.asObservable();
        this.tracks$ = this._tracks.asObservable();
        this.links$ = this._links.asObservable();
        this.error$ = this._errors.asObservable();
        if (parts.rtpData) {
            this.rtpData = {
                send: (bytes, times) => this._sendWithVoice(bytes, times),
                received$: this._rtpReceived.asObservable(),
                reaches: (id) => this._rtpLinkTo(id) !== null,
            };
        }
    }

    /**
     * Makes a mesh of PeerJS calls. The code for data in RTP is loaded on demand.
     * @param settings - of the mesh
     * @param dataInRtp - true = data may be sent in voice packets
     * @returns the mesh, which the caller closes
     */
    public static async CreateAsync(settings: IMeshSettings, dataInRtp: boolean): Promise<Mesh> {
        // Created before the first call, because a transform cannot be added to an existing link.
        const rtpData = dataInRtp ? await (await onDemandAsync(() => import("./frames/rtpData.js"))).RtpData.CreateAsync() : null;
        return new Mesh(settings, { signalling: (request) => new PeerSignalling(request), rtpData });
    }

    /** {@inheritDoc IMediaPlane.openAsync} */
    public async openAsync({ signal, callees = [], ...opening }: IPlaneOpening): Promise<void> {
        const { iceServers } = this._settings;
        const usable = checkedIceServers(this._settings, iceServers ?? opening.iceServers);
        await this._signallingTo({ ...opening, iceServers: usable }).openAsync(signal, {
            // The transform for data in RTP must be set when a call is made, and depends on the other end.
            peerIds: this._parts.rtpData ? [] : callees.slice(0, maxCallees),
            track: this._silence.track,
            sdpTransform: this._sdpTransform,
        });
    }

    /** {@inheritDoc IMediaPlane.reopen} */
    public reopen(opening: IPlaneReopening): void {
        const { server, peerId, secret, iceServers } = opening;
        if (this._closed) {
            return;
        }
        if (peerId === this._peerId && server === this._server && this._signalling?.reopen?.(secret) === true) {
            this.renewIceServers(iceServers);
            return;
        }
        const usable = this._checkedOrBefore(iceServers);
        // To the other members we are a new peer now. Connected calls continue until their replacements are connected.
        this._signalling?.disconnect();
        this._pending.dispose();
        this._online = false;
        this._state.next("reconnecting");
        this._slots.forEach((slot) => slot.beginReplacement());
        this._tell();
        const signalling = this._signallingTo({ ...opening, iceServers: usable });
        // This signal never aborts, because `close` closes the signalling.
        signalling.openAsync(new AbortController().signal).catch((error: unknown) => {
            if (!this._closed && this._signalling === signalling) {
                this._state.error(error);
            }
        });
    }

    /** ICE servers of a newer grant. If they are invalid, reports an error and returns the previous servers. */
    private _checkedOrBefore(iceServers: RTCIceServer[]): RTCIceServer[] {
        try {
            return checkedIceServers(this._settings, this._settings.iceServers ?? iceServers);
        } catch (error) {
            this._errors.next(RtcError.From(error, "invalidArgument", "The ICE servers of the renewed grant cannot be used."));
            return this._iceServers;
        }
    }

    private _signallingTo({ server, peerId, secret, iceServers }: IPlaneReopening): ISignalling {
        this._peerId = peerId;
        this._server = server;
        this._iceServers = iceServers;
        const signalling = this._parts.signalling({
            server,
            peerId,
            secret,
            iceServers,
            relayOnly: this._settings.relayOnly ?? false,
            remoteSdp: (sdp) => withinOpusSettings(sdp, this._settings.opus),
            // Without signalling no peer can be called, but connected links continue. So by default, signalling is retried without end.
            retryPolicy: this._settings.retryPolicy ?? new EnduringRetryPolicy(),
            onError: (error) => this._errors.next(error),
            onCall: (call) => this._onCall(call),
            onOnline: (online) => this._onOnline(online),
            onLost: (error) => this._state.error(error),
        });
        this._signalling = signalling;
        return signalling;
    }

    /** {@inheritDoc IMediaPlane.setPeers} */
    public setPeers(peers: ReadonlyMap<string, IPlanePeer>, order: number): void {
        if (this._closed) {
            return;
        }
        const before = this._peers;
        this._peers = peers;
        this._order = order;
        for (const [id, slot] of this._slots) {
            const peer = peers.get(id);
            if (!peer) {
                slot.closeAll();
                this._slots.delete(id);
            } else if (peer.peerId !== slot.peerId) {
                slot.changePeer(peer.peerId);
            }
        }
        for (const [id, peer] of peers) {
            const slot = this._slotOf(id, peer);
            // A peer whose signalling is back gets the full number of attempts.
            if (peer.ready && before.get(id)?.ready !== true) {
                slot.renewAttempts();
                this._checkPath(id, slot);
            }
            // While its interest was `off`, the peer may have closed or not answered our call. Now it is called again at once.
            if (before.get(id)?.send === "off" && peer.send !== "off" && slot.link?.connected !== true && isCallerOf({ order }, peer)) {
                slot.closeCall();
            }
            this._linkWith(id, peer);
            void slot.sendAsync(this._trackFor(id));
        }
        this._endPreparation();
        this._tell();
    }

    /** {@inheritDoc IMediaPlane.setInterest} The link to a sender that continues despite `off` is closed until our interest changes. */
    public setInterest(interest: ReadonlyMap<string, VoiceInterest>): void {
        if (this._closed) {
            return;
        }
        this._interest = interest;
        const paused = [...interest].filter(([, wanted]) => wanted === "off").map(([id]) => id);
        for (const id of this._guard.setPaused(new Set(paused))) {
            const peer = this._peers.get(id);
            if (peer) {
                this._linkWith(id, peer);
            }
        }
    }

    /** {@inheritDoc IMediaPlane.publishAsync} */
    public async publishAsync(track: MediaStreamTrack | null): Promise<void> {
        this._published = track;
        await Promise.all([...this._slots].map(async ([id, slot]) => slot.sendAsync(this._trackFor(id))));
    }

    /** {@inheritDoc IMediaPlane.hearsAnybody} */
    public hearsAnybody(): boolean | null {
        const linked = [...this._slots.values()].filter(({ activeLink }) => activeLink?.connected);
        return linked.length === 0 ? null : linked.filter((slot) => slot.look()).length > 0;
    }

    /** {@inheritDoc IMediaPlane.renewIceServers} Invalid servers are reported as an error, and the previous ones stay in use. */
    public renewIceServers(iceServers: RTCIceServer[]): void {
        if (!this._closed && !this._settings.iceServers) {
            this._iceServers = this._checkedOrBefore(iceServers);
            this._signalling?.setIceServers?.(this._iceServers);
        }
    }

    /** {@inheritDoc IMediaPlane.renewSignalling} */
    public renewSignalling(before: number): void {
        this._signalling?.renew?.(before);
    }

    /** {@inheritDoc IMediaPlane.statisticsAsync} */
    public async statisticsAsync(): Promise<ReadonlyMap<string, ILinkFacts>> {
        const all = await Promise.all(
            [...this._slots].map(async ([id, { activeLink }]) => [id, (await activeLink?.factsAsync()) ?? null] as const),
        );
        return new Map(all.flatMap(([id, facts]) => (facts ? [[id, facts]] : [])));
    }

    /** {@inheritDoc IMediaPlane.close} */
    public close(): void {
        if (this._closed) {
            return;
        }
        this._closed = true;
        this._slots.forEach((slot) => slot.closeAll());
        this._slots.clear();
        this._pending.dispose();
        this._guard.dispose();
        this._silence.dispose();
        this._parts.rtpData?.dispose();
        this._signalling?.close();
        this._state.complete();
        this._tracks.complete();
        this._links.complete();
        this._errors.complete();
        this._rtpReceived.complete();
    }

    /** Answers the call of a known peer that is the caller of the pair. Keeps the call of an unknown or cut-off peer for later. Closes any other call. */
    private _onCall(call: MediaConnection): void {
        const [id, peer] = [...this._peers].find(([, each]) => each.peerId === call.peer) ?? [];
        const order = this._order;
        if (this._closed || order === null || call.peer === this._peerId) {
            call.close();
        } else if (id === undefined || !peer || this._guard.isCutOff(id, peer.peerId)) {
            this._pending.keep(call);
        } else if (!isCallerOf(peer, { order })) {
            call.close();
        } else {
            const slot = this._slotOf(id, peer);
            if (slot.mayAnswer(call, () => this._onCall(call))) {
                this._answer(id, slot, call);
            }
        }
    }

    private _answer(id: string, slot: PeerSlot, call: MediaConnection): void {
        slot.link?.close();
        try {
            call.answer(new MediaStream([this._trackFor(id) ?? this._silence.track]), { sdpTransform: this._sdpTransform });
            this._adopt(id, slot, call);
            this._tell();
        } catch (cause) {
            call.close();
            this._onEnded(id, slot, cause);
        }
    }

    private _onOnline(online: boolean): void {
        const back = online && !this._online;
        this._online = online;
        this._state.next(online ? "connected" : "reconnecting");
        for (const [id, slot] of this._slots) {
            if (back) {
                slot.renewAttempts();
                this._giveUpCallOnItsWay(id, slot);
                this._checkPath(id, slot);
            }
            this._callIfOurs(id);
        }
        this._endPreparation();
        this._tell();
    }

    /** Closes the prepared calls to peers that were not called. Does nothing before signalling is open and the peers are known. */
    private _endPreparation(): void {
        if (this._online && this._order !== null) {
            this._signalling?.discardPrepared?.();
        }
    }

    /** Replaces a link if we are its caller and no packets arrive. Called when one end's signalling is back, because the network may have changed. */
    private _checkPath(id: string, slot: PeerSlot): void {
        const peer = this._peers.get(id);
        if (peer?.receive === true && this._order !== null && isCallerOf({ order: this._order }, peer) && this._wantsPackets(id)) {
            slot.checkPath(() => {
                if (this._slots.get(id) === slot && this._wantsPackets(id)) {
                    slot.closeAll();
                    this._tell();
                    this._callIfOurs(id);
                }
            });
        }
    }

    private _wantsPackets(id: string): boolean {
        return (this._interest.get(id) ?? "on") === "on";
    }

    /** Closes our call if it is not connected yet, so that it is made again: its messages may have been lost while the socket was closing. */
    private _giveUpCallOnItsWay(id: string, slot: PeerSlot): void {
        const peer = this._peers.get(id);
        if (peer && this._order !== null && slot.link?.connected === false && isCallerOf({ order: this._order }, peer)) {
            slot.closeCall();
        }
    }

    private readonly _sdpTransform = (sdp: string): string => withOpusSettings(sdp, this._settings.opus);

    /** Track to send to a member; null = no packets. */
    private _trackFor(id: string): MediaStreamTrack | null {
        return this._peers.get(id)?.send === "on" ? (this._published ?? this._silence.track) : null;
    }

    private _slotOf(id: string, peer: IPlanePeer): PeerSlot {
        let slot = this._slots.get(id);
        if (!slot) {
            slot = new PeerSlot(
                peer.peerId,
                this._settings.retryPolicy ?? new DefaultRetryPolicy(),
                (error) => this._errors.next(error),
                () => this._tell(),
            );
            this._slots.set(id, slot);
        }
        return slot;
    }

    /** Answers the pending call of the peer, if there is one; calls the peer if we are the caller. */
    private _linkWith(id: string, peer: IPlanePeer): void {
        const early = this._guard.isCutOff(id, peer.peerId) ? null : this._pending.take(peer.peerId);
        if (early) {
            this._onCall(early);
        }
        this._callIfOurs(id);
    }

    private _callIfOurs(id: string): void {
        const peer = this._peers.get(id);
        const slot = this._slots.get(id);
        const order = this._order;
        if (
            this._closed ||
            !this._online ||
            order === null ||
            !peer ||
            !slot ||
            slot.link ||
            slot.givenUp ||
            slot.timer !== undefined ||
            this._guard.isCutOff(id, peer.peerId) ||
            !shouldCall({ order }, peer)
        ) {
            return;
        }
        try {
            const call = this._signalling?.call(peer.peerId, this._trackFor(id) ?? this._silence.track, this._sdpTransform);
            if (call) {
                this._adopt(id, slot, call);
            }
        } catch (cause) {
            // The browser cannot create a connection, for example because the page has too many. Other calls are not affected.
            this._onEnded(id, slot, cause);
        }
    }

    private _adopt(id: string, slot: PeerSlot, call: MediaConnection): void {
        const link = new Link(
            call,
            {
                onTrack: () => {
                    link.bufferFor(this._settings.jitterTargetMs);
                    if (slot.link === link) {
                        slot.retirePrevious(link);
                    }
                    this._tell();
                },
                onConnected: () => {
                    if (slot.link === link) {
                        slot.endWait();
                        slot.retries.succeeded();
                    }
                    this._tell();
                },
                onEnded: () => {
                    if (slot.isPrevious(link)) {
                        slot.closePrevious();
                        this._tell();
                    } else {
                        this._onEnded(id, slot);
                    }
                },
                openRtpData: (connection, sender) =>
                    this._peers.get(id)?.dataInRtp === true
                        ? (this._parts.rtpData?.serve(connection, sender, (bytes) => this._onRtpData(id, bytes)) ?? null)
                        : null,
            },
            this._settings.opus,
        );
        slot.link = link;
        void link.sendAsync(this._trackFor(id));
        slot.awaitPath(() => {
            this._tell();
            this._errors.next(
                new RtcError(
                    "linkFailed",
                    `There is no audio path to ${this._nameOf(id)} yet. The call is retried. ${turnAdvice(link.turnRefusal)}`,
                ),
            );
        });
    }

    private _nameOf(id: string): string {
        const { name = "" } = this._peers.get(id) ?? {};
        return name === "" ? "a member" : name;
    }

    private _rtpLinkTo(id: string): IRtpDataLink | null {
        return this._peers.get(id)?.send === "on" ? (this._slots.get(id)?.activeLink?.data ?? null) : null;
    }

    private _sendWithVoice(bytes: Uint8Array, times: number): ReadonlySet<string> {
        const to = [...this._slots.keys()].filter((id) => this._rtpLinkTo(id));
        to.forEach((id) => this._rtpLinkTo(id)?.send(bytes, times));
        return new Set(to);
    }

    private _onRtpData(id: string, data: Uint8Array): void {
        if (this._peers.get(id)?.receive === true) {
            this._rtpReceived.next({ from: id, data });
        }
    }

    private _onEnded(id: string, slot: PeerSlot, cause?: unknown): void {
        const turnRefusal = slot.link?.turnRefusal ?? null;
        slot.link = null;
        this._tell();
        const peer = this._peers.get(id);
        if (this._closed || !peer || this._order === null || !isCallerOf({ order: this._order }, peer)) {
            return;
        }
        const delay = slot.retries.failed();
        if (delay === null) {
            slot.givenUp = true;
            slot.endWait();
            slot.closePrevious();
            this._tell();
            this._errors.next(
                new RtcError(
                    "linkFailed",
                    cause === undefined
                        ? `No audio path to ${this._nameOf(id)} could be found. ${turnAdvice(turnRefusal)}`
                        : `The browser makes no connection to ${this._nameOf(id)}: ${cause instanceof Error ? cause.message : "unknown"}. Has the page made too many?`,
                    { cause },
                ),
            );
            return;
        }
        slot.timer = setTimeout(() => {
            slot.timer = undefined;
            this._callIfOurs(id);
        }, delay);
    }

    /** Emits the link states of all peers, and the tracks of the peers that may be heard, if they have changed. */
    private _tell(): void {
        if (this._closed) {
            return;
        }
        const links = new Map([...this._slots].map(([id, { state }]) => [id, state]));
        if (!sameEntries(this._links.value, links)) {
            this._links.next(links);
        }
        const tracks = new Map<string, MediaStreamTrack>();
        for (const [id, { receivedTrack: track }] of this._slots) {
            if (track && this._peers.get(id)?.receive === true) {
                tracks.set(id, track);
            }
        }
        if (!sameEntries(this._tracks.value, tracks)) {
            this._tracks.next(tracks);
        }
    }
}

function sameEntries<Value>(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean {
    return a.size === b.size && [...a].every(([id, value]) => b.get(id) === value);
}

/** Calls the app's `silentTrack`. Throws `invalidArgument` if the result is not `{ track, dispose }`. Rethrows an `RtcError` of the app. */
function silenceOf({ silentTrack }: IMeshSettings): ISilentTrack {
    let cause: unknown;
    try {
        const silence = silentTrack() as ISilentTrack | undefined;
        if (silence?.track.kind === "audio" && typeof silence.dispose === "function") {
            return silence;
        }
    } catch (error) {
        if (error instanceof RtcError) {
            throw error;
        }
        cause = error;
    }
    throw new RtcError("invalidArgument", "`silentTrack` must give an audio track, as `{ track, dispose }`.", { cause });
}

function checkedIceServers({ relayOnly }: IMeshSettings, iceServers: RTCIceServer[]): RTCIceServer[] {
    if (!areIceServers(iceServers)) {
        throw new RtcError("invalidArgument", `The option iceServers must be ${iceServersWanted}, or the browser rejects them.`);
    }
    if (relayOnly === true && !iceServers.flatMap(({ urls }) => urls).some((url) => /^turns?:/i.test(url))) {
        throw new RtcError(
            "invalidArgument",
            "The option relayOnly needs a TURN server, but neither iceServers nor the grant has one. Set the server's option turn, or remove relayOnly.",
        );
    }
    return iceServers;
}
