import type { MediaConnection } from "peerjs";
import { BehaviorSubject, Subject, distinctUntilChanged, map } from "rxjs";
import type { Observable } from "rxjs";
import type { IRtcAsks, IRtcClientMessages, IRtcJoinRequest, IRtcPeer, IRtcServerMessages } from "../../../protocol/wire.js";
import { errorFromServer } from "../../interop/serverError.js";
import { openServerRoomAsync } from "../../interop/serverRoom.js";
import type { IServerRoom, MessageOf } from "../../interop/serverRoom.js";
import { memberLeft } from "../../errors/leaveReasons.js";
import { RtcError, throwIfAborted } from "../../errors/rtcError.js";
import type {
    ConnectionState,
    IOwnVoiceState,
    IRemoteVoice,
    IVoiceDeparture,
    IVoiceGrant,
    IVoiceJoinOptions,
    IVoicePrivileges,
    IVoiceSession,
    ModerationAction,
    MutedState,
    VoiceInterest,
    VoiceNotice,
} from "../voiceTransport.js";
import type { ILinkFacts } from "../linkFacts.js";
import type { IVoiceDataMessage, IVoiceRiding } from "../voiceMessages.js";
import { Mesh } from "./mesh.js";
import type { ISilentTrack } from "./mesh.js";
import type { IOpusSettings } from "../opusSettings.js";
import type { IRetryPolicy } from "../retryPolicy.js";
import { PacedMessages } from "../control/pacedMessages.js";
import { noPeers, peersAfter } from "../control/peerList.js";
import type { PeerList } from "../control/peerList.js";
import { PeerSignalling } from "./peerSignalling.js";
import type { RtpData } from "./frames/rtpData.js";

type Control = IServerRoom<IRtcClientMessages, IRtcAsks>;
type ServerMessage = MessageOf<IRtcServerMessages>;
type Welcome = IRtcServerMessages["welcome"];

/** What a session needs of its transport. */
export interface IPeerJsSessionOptions {
    readonly silentTrack: () => ISilentTrack;
    readonly iceServers: RTCIceServer[] | undefined;
    readonly opus: IOpusSettings;
    readonly jitterTargetMs: number | null;
    readonly retryPolicy: IRetryPolicy;
}

/** One stay in an RTC room: the control socket says who is there, signalling sets up calls, the mesh holds them. */
export class PeerJsSession implements IVoiceSession {
    public readonly selfId: string;
    public readonly state$: Observable<ConnectionState>;
    public readonly remotes$: Observable<ReadonlyMap<string, IRemoteVoice>>;
    public readonly muted$: Observable<MutedState>;
    public readonly error$: Observable<RtcError>;
    public readonly privileges$: Observable<IVoicePrivileges>;
    public readonly departures$: Observable<IVoiceDeparture>;
    public readonly notices$: Observable<VoiceNotice>;
    public readonly messages: PacedMessages;
    public readonly riding?: IVoiceRiding;

    private readonly _state = new BehaviorSubject<ConnectionState>("connecting");
    private readonly _remotes = new BehaviorSubject<ReadonlyMap<string, IRemoteVoice>>(new Map());
    private readonly _peers = new BehaviorSubject<PeerList>(noPeers);
    private readonly _errors = new Subject<RtcError>();
    private readonly _departures = new Subject<IVoiceDeparture>();
    private readonly _notices = new Subject<VoiceNotice>();
    private readonly _ridden = new Subject<IVoiceDataMessage>();
    private readonly _interest = new Map<string, VoiceInterest>();
    private readonly _control: Control;
    private readonly _mesh: Mesh;
    private readonly _rtpData: RtpData | null;
    private _signalling: PeerSignalling | null = null;
    private _ended = false;

    private constructor(control: Control, self: IRtcPeer, options: IPeerJsSessionOptions, rtpData: RtpData | null) {
        this._control = control;
        this._rtpData = rtpData;
        this.selfId = self.id;
        this.state$ = this._state.pipe(distinctUntilChanged());
        this.remotes$ = this._remotes.asObservable();
        this.muted$ = this._peers.pipe(
            map((peers) => peers.get(this.selfId)?.muted ?? "no"),
            distinctUntilChanged(),
        );
        this.error$ = this._errors.asObservable();
        this.departures$ = this._departures.asObservable();
        this.notices$ = this._notices.asObservable();
        this.privileges$ = this._peers.pipe(
            map((peers) => peers.get(this.selfId)),
            map((peer) => ({ publish: peer?.mayPublish ?? true, subscribe: peer?.maySubscribe ?? true })),
            distinctUntilChanged((a, b) => a.publish === b.publish && a.subscribe === b.subscribe),
        );
        this.messages = new PacedMessages((message) => control.askAsync("send", message));
        this._mesh = new Mesh({
            selfId: this.selfId,
            silentTrack: options.silentTrack,
            opus: options.opus,
            jitterTargetMs: options.jitterTargetMs,
            retryPolicy: options.retryPolicy,
            call: (peerId, track, sdpTransform) => this._signalling?.call(peerId, track, sdpTransform) ?? null,
            rtpData,
            onRtpData: (from, data) => this._ridden.next({ from, data }),
            onRemotes: (remotes) => this._remotes.next(remotes),
            onError: (error) => this._errors.next(error),
        });
        if (rtpData) {
            this.riding = {
                send: (data, times) => this._mesh.sendWithVoice(data, times),
                received$: this._ridden.asObservable(),
                reaches: (id) => this._mesh.ridesWith(id),
            };
        }
    }

    /** Enters the RTC room; see `IVoiceTransport.joinAsync`. The session disposes the voice data; if there is none, the caller does. */
    public static async JoinAsync(
        server: string,
        grant: IVoiceGrant,
        options: IPeerJsSessionOptions,
        signal: AbortSignal,
        { blocks }: IVoiceJoinOptions,
        rtpData: RtpData | null,
    ): Promise<PeerJsSession> {
        let session: PeerJsSession | null = null;
        let peers = noPeers;
        let welcome = null as Welcome | null;
        let lost = null as RtcError | null;
        const ended = new AbortController();
        const early: ServerMessage[] = [];
        const control = await openServerRoomAsync<IRtcServerMessages, IRtcClientMessages, IRtcAsks>({
            server,
            type: "rtc",
            options: {
                room: roomOfToken(grant.token),
                token: grant.token,
                ...(blocks && blocks.length > 0 ? { blocks: [...blocks] } : {}),
                ...(rtpData ? { ridesData: true } : {}),
            } satisfies IRtcJoinRequest,
            create: true,
            signal,
            onMessage: (message) => {
                if (message.type === "welcome") {
                    welcome = message.payload;
                    peers = peersAfter(peers, message);
                } else if (session) {
                    session._onMessage(message);
                } else {
                    early.push(message);
                }
            },
            onLost: (error) => {
                lost = error;
                ended.abort();
                session?._onLost(error);
            },
        });
        try {
            const self = welcome?.peers.find((peer) => peer.peerId === welcome?.self);
            if (!welcome || !self) {
                throw new RtcError("unknown", "The server's list of members lacks this one; are client and server of the same version?");
            }
            const joined = new PeerJsSession(control, self, options, rtpData);
            session = joined;
            joined._mesh.setBlocked(welcome.blocked);
            joined._setPeers(peers);
            early.forEach((message) => joined._onMessage(message));
            await joined._openSignallingAsync(
                server,
                self,
                welcome.secret,
                options,
                grant.iceServers,
                AbortSignal.any([signal, ended.signal]),
            );
            throwIfAborted(signal);
            if (lost) {
                throw lost;
            }
            return joined;
        } catch (error) {
            await (session?.leaveAsync() ?? control.leaveAsync());
            throwIfAborted(signal);
            // Why the server ended it, rather than what came of that.
            throw lost ?? error;
        }
    }

    /** {@inheritDoc IVoiceSession.publishAsync} */
    public async publishAsync(track: MediaStreamTrack | null): Promise<void> {
        await this._mesh.publishAsync(track);
    }

    /** {@inheritDoc IVoiceSession.setMuted} */
    public setMuted(muted: boolean): void {
        this._control.send("mute", { muted });
    }

    /** {@inheritDoc IVoiceSession.setState} */
    public setState(state: IOwnVoiceState): void {
        this._mesh.setPublishing(state.publishing);
        this._control.send("state", state);
    }

    /** {@inheritDoc IVoiceSession.setInterest} */
    public setInterest(interest: ReadonlyMap<string, VoiceInterest>): void {
        for (const [to, wanted] of interest) {
            if ((this._interest.get(to) ?? "on") !== wanted) {
                this._interest.set(to, wanted);
                this._control.send("interest", { to, interest: wanted });
            }
        }
        this._mesh.setPaused(new Set([...this._interest].filter(([, wanted]) => wanted === "off").map(([id]) => id)));
    }

    /** {@inheritDoc IVoiceSession.renewAsync} */
    public async renewAsync(grant: IVoiceGrant): Promise<void> {
        const { expiresAt } = await this._control.askAsync("renew", { token: grant.token });
        this._notices.next({ type: "renewed", expiresAt });
    }

    /** {@inheritDoc IVoiceSession.blockAsync} */
    public async blockAsync(id: string, blocked: boolean): Promise<void> {
        await this._control.askAsync("block", { id, blocked });
    }

    /** {@inheritDoc IVoiceSession.moderateAsync} */
    public async moderateAsync(action: ModerationAction): Promise<void> {
        await this._control.askAsync("moderate", action);
    }

    /** {@inheritDoc IVoiceSession.statisticsAsync} */
    public async statisticsAsync(): Promise<ReadonlyMap<string, ILinkFacts>> {
        return this._mesh.factsAsync();
    }

    /** {@inheritDoc IVoiceSession.leaveAsync} */
    public async leaveAsync(): Promise<void> {
        this._end("disconnected");
        await this._control.leaveAsync();
    }

    private async _openSignallingAsync(
        server: string,
        self: IRtcPeer,
        secret: string,
        options: IPeerJsSessionOptions,
        grantedIceServers: RTCIceServer[] | undefined,
        signal: AbortSignal,
    ): Promise<void> {
        const signalling = await PeerSignalling.OpenAsync({
            server,
            peerId: self.peerId,
            secret,
            iceServers: options.iceServers ?? grantedIceServers ?? [],
            retryPolicy: options.retryPolicy,
            signal,
            onCall: (call: MediaConnection) => this._mesh.onCall(call),
            onOnline: (online) => this._onOnline(online),
            onLost: (error) => this._onLost(error),
        });
        if (this._ended) {
            signalling.close();
            return;
        }
        this._signalling = signalling;
        this._onOnline(true);
    }

    private _onMessage(message: ServerMessage): void {
        if (this._ended) {
            return;
        }
        switch (message.type) {
            case "interest":
                this._mesh.setWanted(message.payload.from, message.payload.interest);
                break;
            case "blocked":
                this._mesh.setBlocked(message.payload.ids);
                this._askAgain(message.payload.ids);
                break;
            case "expiring":
                this._notices.next({ type: "expiring", expiresAt: message.payload.expiresAt });
                break;
            case "unmuteInvited":
                this._notices.next({ type: "unmuteInvited", by: message.payload.by });
                break;
            case "peerLeft": {
                const { id, reason } = message.payload;
                const peers = peersAfter(this._peers.value, message);
                if (peers !== this._peers.value) {
                    this._departures.next({ id, reason: memberLeft(reason).voice });
                    this._setPeers(peers);
                }
                break;
            }
            case "message":
                this.messages.hear(message.payload);
                break;
            case "refused":
                this._errors.next(errorFromServer(message.payload.code, message.payload));
                break;
            default:
                this._setPeers(peersAfter(this._peers.value, message));
        }
        if (message.type === "peerJoined") {
            // Somebody who came (again) knows nothing of what we asked before.
            const asked = this._interest.get(message.payload.id);
            if (asked !== undefined && asked !== "on") {
                this._control.send("interest", { to: message.payload.id, interest: asked });
            }
        }
    }

    /** What was asked of somebody while a block stood between us did not reach them. */
    private _askAgain(blocked: readonly string[]): void {
        for (const [to, interest] of this._interest) {
            if (interest !== "on" && !blocked.includes(to)) {
                this._control.send("interest", { to, interest });
            }
        }
    }

    private _setPeers(peers: PeerList): void {
        if (peers !== this._peers.value) {
            this._peers.next(peers);
            this._mesh.setPeers(peers);
        }
    }

    private _onOnline(online: boolean): void {
        this._state.next(online ? "connected" : "reconnecting");
        this._mesh.setOnline(online);
    }

    private _onLost(error: RtcError): void {
        if (!this._ended) {
            this._errors.next(error);
            this._end("lost");
            void this._control.leaveAsync();
        }
    }

    private _end(state: "disconnected" | "lost"): void {
        if (this._ended) {
            return;
        }
        this._ended = true;
        this.messages.end();
        this._mesh.dispose();
        this._rtpData?.dispose();
        this._ridden.complete();
        this._signalling?.close();
        this._state.next(state);
        this._state.complete();
        this._remotes.next(new Map());
        this._remotes.complete();
        this._peers.complete();
        this._errors.complete();
        this._departures.complete();
        this._notices.complete();
    }
}

/**
 * Reads which room a grant is for. The server alone checks the signature; this only tells us where to knock.
 * @param token - the grant's token, a JWT
 * @returns the room's id; throws `tokenInvalid`
 */
export function roomOfToken(token: string): string {
    try {
        const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
        const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
        const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
        if (typeof claims === "object" && claims !== null && "room" in claims && typeof claims.room === "string") {
            return claims.room;
        }
        throw new TypeError("no room in the token");
    } catch (cause) {
        throw new RtcError("tokenInvalid", "The voice token is not one that a babylon-rtc-server issued. Check the `token` function.", {
            cause,
        });
    }
}
