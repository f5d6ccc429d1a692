import type { MediaConnection } from "peerjs";
import type { RtcError } from "../../errors/rtcError.js";
import { awaitedMs } from "../../interop/awaitedMembers.js";
import { RetryCount } from "../retryCount.js";
import type { IRetryPolicy } from "../retryPolicy.js";
import type { VoiceLink } from "../voiceTransport.js";
import { CallBucket } from "./callBucket.js";
import type { Link } from "./link.js";

/** Timeout without an audio path, over all attempts, after which `linkFailed` is reported, in milliseconds. */
const overdueMs = 8_000;

/** Delay before a path is checked, in milliseconds, so that packets in flight can arrive. */
const settledMs = 500;

/** Timeout without a packet, after which a path counts as dead, in milliseconds. With DTX, packets are 200 to 400 ms apart during silence. */
const silentMs = 1_000;

/** Maximum lifetime of a previous call, in milliseconds: the time for which a member is awaited, plus the time for finding a path. */
const previousCallMs = awaitedMs + overdueMs;

/** Poll interval for the first packet of a connected call, in milliseconds. ICE connects first, then DTLS, and only then do packets arrive. */
const settlingMs = 500;

/** Number of polls after which a call counts as heard even without a packet: its sender may be paused, and some browsers do not report packets. */
const maxLooks = 10;

/** Delay between the first packet of the new call and the end of the previous call, in milliseconds: the other end may not play the new call yet. */
const overlapMs = 1_000;

/** Rate limit of answers to one peer, since each answer creates a peer connection. The retries and rejoins of an unmodified client stay within it. */
const answerRate = { perSecond: 1, burst: 4 };

/** Call with a peer id that is no longer valid. It carries the voices until the next call does, or until its lifetime is over. */
class PreviousCall {
    public readonly link: Link;
    private readonly _onChange: () => void;
    private readonly _deadline: ReturnType<typeof setTimeout>;
    private _state: "played" | "overlapping" | "over" = "played";
    private _timer: ReturnType<typeof setTimeout> | undefined;

    /**
     * @param link - connected link; closed with the call
     * @param onChange - called when the state changes
     */
    public constructor(link: Link, onChange: () => void) {
        this.link = link;
        this._onChange = onChange;
        this._deadline = setTimeout(() => this._become("over"), previousCallMs);
    }

    /** `played`: this call is played; `overlapping`: the next call is played, but the other end may still play this one; `over`: to be closed. */
    public get state(): "played" | "overlapping" | "over" {
        return this._state;
    }

    /**
     * Starts the change to the next call: this call is played until packets of the next call arrive, and is over one second later. If the next call ends
     * before that, this call is played again.
     * @param next - connected link of the next call, which has its track
     */
    public retire(next: Link): void {
        let looks = 0;
        const look = (): void => {
            looks++;
            if (!next.track) {
                this._become("played");
            } else if (this._state === "overlapping") {
                this._become("over");
            } else if (next.lastPacket !== null || looks === maxLooks) {
                this._timer = setTimeout(look, overlapMs);
                this._become("overlapping");
            } else {
                this._timer = setTimeout(look, settlingMs);
            }
        };
        clearTimeout(this._timer);
        this._timer = setTimeout(look, settlingMs);
    }

    /** Closes the link. Idempotent. */
    public close(): void {
        clearTimeout(this._deadline);
        clearTimeout(this._timer);
        this.link.close();
    }

    private _become(state: "played" | "overlapping" | "over"): void {
        if (state !== this._state) {
            this._state = state;
            this._onChange();
        }
    }
}

/** Calls with one other member: the current call, the previous call while it is being replaced, and the retries. */
export class PeerSlot {
    /** Count of failed calls. */
    public readonly retries: RetryCount;
    /** Link of the current call; null = none. */
    public link: Link | null = null;
    /** True after the last attempt: the peer is not called until something changes at one of the two ends. */
    public givenUp = false;
    /** Timer of the next attempt to call; undefined = none is waiting. */
    public timer: ReturnType<typeof setTimeout> | undefined;
    /** Timer for `onOverdue`. Runs from the first call until a path is connected. */
    private _overdue: ReturnType<typeof setTimeout> | undefined;
    private _isToldOf = false;
    private _check: ReturnType<typeof setTimeout> | undefined;
    private _peerId: string;
    private _previous: PreviousCall | null = null;
    private readonly _answers = new CallBucket(answerRate, () => performance.now());
    /** The peer's newest call, while it waits for its answer. */
    private _waiting: MediaConnection | null = null;
    private _turn: ReturnType<typeof setTimeout> | undefined;
    private readonly _onTrackChange: () => void;
    /** The last packet that was seen, and the time when it was seen first. */
    private _seen: { readonly packet: number | null; readonly at: number } = { packet: null, at: 0 };

    /**
     * @param peerId - peer id of the other end
     * @param retryPolicy - decides when to call again
     * @param onError - called if the retry policy fails
     * @param onTrackChange - called when a timer has changed the track to play
     */
    public constructor(peerId: string, retryPolicy: IRetryPolicy, onError: (error: RtcError) => void, onTrackChange: () => void) {
        this._peerId = peerId;
        this.retries = new RetryCount(retryPolicy, onError);
        this._onTrackChange = onTrackChange;
    }

    /** Peer id of the other end in signalling. */
    public get peerId(): string {
        return this._peerId;
    }

    /** Link that carries the voices: the new call's link once it is connected, the previous call's link until then. */
    public get activeLink(): Link | null {
        return this.link?.connected ? this.link : (this._previous?.link ?? this.link);
    }

    /** Track to play: the previous call's track until packets of the new call arrive; null = none. */
    public get receivedTrack(): MediaStreamTrack | null {
        const next = this.link?.track ?? null;
        const before = this._previous?.link.track ?? null;
        return this._previous?.state === "played" ? (before ?? next) : (next ?? before);
    }

    /** State of the link to the member. `connecting` while the call is being replaced, although the previous call may continue. */
    public get state(): VoiceLink {
        return this.link?.connected ? "connected" : this._isToldOf || this.givenUp ? "noPath" : "connecting";
    }

    /**
     * Starts the timeout for an audio path. No-op if it already runs or has expired, until `endWait`.
     * @param onOverdue - called once if no path is connected after eight seconds although attempts continue
     */
    public awaitPath(onOverdue: () => void): void {
        if (this._isToldOf) {
            return;
        }
        this._overdue ??= setTimeout(() => {
            this._overdue = undefined;
            if (this.link?.connected === false || this.timer !== undefined) {
                this._isToldOf = true;
                this.closePrevious();
                onOverdue();
            }
        }, overdueMs);
    }

    /** Stops the timeout: a path is connected, or attempts have stopped. */
    public endWait(): void {
        clearTimeout(this._overdue);
        this._overdue = undefined;
        this._isToldOf = false;
    }

    /** @returns true if a packet has arrived since this method was last called */
    public look(): boolean {
        const packet = this.activeLink?.lastPacket ?? null;
        if (packet === null || packet === this._seen.packet) {
            return false;
        }
        this._seen = { packet, at: performance.now() };
        return true;
    }

    /**
     * Checks whether packets still arrive on the connected link, after the network at one of its ends was lost or has changed. ICE needs about ten
     * seconds to detect a dead path.
     * @param onDead - called if no packet arrives for a second. Never called if no packet has arrived before, or if the browser reports none.
     */
    public checkPath(onDead: () => void): void {
        const { link } = this;
        if (link?.connected !== true) {
            return;
        }
        clearTimeout(this._check);
        this._check = setTimeout(() => {
            this.look();
            // `look` may have seen the last new packet long ago, because it is also polled. Then the timeout is over already.
            const { packet, at } = this._seen;
            this._check = setTimeout(
                () => {
                    if (packet !== null && this.link === link && link.lastPacket === packet) {
                        onDead();
                    }
                },
                Math.max(0, at + silentMs - performance.now()),
            );
        }, settledMs);
    }

    /**
     * Limits how often the peer is answered: four calls at once, then one per second. A newer call replaces a call that waits.
     * @param call - call of the peer; while it waits, it belongs to the slot
     * @param onTurn - called when a call that waits may be answered; never called after the call was replaced or the slot's call was closed
     * @returns true if the call may be answered now
     */
    public mayAnswer(call: MediaConnection, onTurn: () => void): boolean {
        this._closeWaiting();
        const delay = this._answers.take();
        if (delay > 0) {
            this._waiting = call;
            this._turn = setTimeout(() => {
                this._waiting = null;
                onTurn();
            }, delay);
        }
        return delay === 0;
    }

    /** Resets the count of failed attempts, so that the peer may be called again. */
    public renewAttempts(): void {
        this.retries.succeeded();
        this.givenUp = false;
    }

    /**
     * Sends this track on every call from now on. Never rejects.
     * @param track - stays owned by the caller; null = no packets
     */
    public async sendAsync(track: MediaStreamTrack | null): Promise<void> {
        await Promise.all([this.link?.sendAsync(track), this._previous?.link.sendAsync(track)]);
    }

    /**
     * Sets a new peer id of the member, and closes the current call.
     * @param peerId - the new peer id
     */
    public changePeer(peerId: string): void {
        this._peerId = peerId;
        this.closeCall();
    }

    /**
     * Called when our own peer id has changed. A connected call continues as the previous call until the next one is connected; any other is closed.
     */
    public beginReplacement(): void {
        const { link } = this;
        if (link?.connected === true) {
            this.closePrevious();
            const previous = new PreviousCall(link, () => {
                if (previous.state === "over") {
                    this.closePrevious();
                }
                this._onTrackChange();
            });
            this._previous = previous;
            this.link = null;
        }
        this.closeCall();
    }

    /**
     * Closes the previous call some time after packets of the current call arrive.
     * @param link - connected link of the current call, which has its track
     */
    public retirePrevious(link: Link): void {
        this._previous?.retire(link);
    }

    /** Closes the previous call, if there is one. */
    public closePrevious(): void {
        this._previous?.close();
        this._previous = null;
    }

    /** True if this is the link of the previous call. */
    public isPrevious(link: Link): boolean {
        return this._previous?.link === link;
    }

    /** Closes every call, and cancels the timer of the next one. */
    public closeAll(): void {
        this.closePrevious();
        this.closeCall();
    }

    /** Closes the current call, and cancels the timer of the next one. A previous call continues. */
    public closeCall(): void {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.endWait();
        clearTimeout(this._check);
        this._closeWaiting();
        this.link?.close();
        this.link = null;
        this.renewAttempts();
    }

    private _closeWaiting(): void {
        clearTimeout(this._turn);
        this._waiting?.close();
        this._waiting = null;
    }
}
