import type { RtcError } from "../../errors/rtcError.js";
import { awaitedMs } from "../../interop/awaitedMembers.js";
import { RetryCount } from "../retryCount.js";
import type { IRetryPolicy } from "../retryPolicy.js";
import type { VoiceLink } from "../voiceTransport.js";
import type { Link } from "./link.js";

/** Time without an audio path, over all attempts, after which `linkFailed` is told, in milliseconds. */
const overdueMs = 8_000;

/** Wait for packets that are still on their way before a path is checked, in milliseconds. */
const settledMs = 500;

/** Time without a packet after which a path counts as dead, in milliseconds. With DTX, silence sends one about every 200 ms. */
const silentMs = 1_000;

/** Longest life of a previous call, in milliseconds: the time for which a member is awaited, and that for finding a path. */
const previousCallMs = awaitedMs + overdueMs;

/** Time between two looks whether a call that stands is heard, in milliseconds: ICE is connected before DTLS, and that before the first packet. */
const settlingMs = 500;

/** Looks after which a call counts as heard all the same: its sender may be paused, and some browsers do not tell of packets. */
const maxLooks = 10;

/** Time from then to the end of the previous call, in milliseconds: the other end may not play the new one yet. */
const overlapMs = 1_000;

/** Call with a peer id that is no longer valid. It carries the voices until the next call does, or its time is over. */
class PreviousCall {
    public readonly link: Link;
    private readonly _onChange: () => void;
    private readonly _deadline: ReturnType<typeof setTimeout>;
    private _state: "played" | "overlapping" | "over" = "played";
    private _timer: ReturnType<typeof setTimeout> | undefined;

    /**
     * @param link - stands; closed with the call
     * @param onChange - called when the state changes
     */
    public constructor(link: Link, onChange: () => void) {
        this.link = link;
        this._onChange = onChange;
        this._deadline = setTimeout(() => this._become("over"), previousCallMs);
    }

    /** `overlapping`: the next call is played, and the other end may still play this one; `over`: to be closed. */
    public get state(): "played" | "overlapping" | "over" {
        return this._state;
    }

    /**
     * Is played until packets of the next call come, and over a second later; goes on if that call ends before.
     * @param next - stands, and has its track
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

    /** Closes its link. Harmless if called twice. */
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

/** State of the path to one other member. */
export class PeerSlot {
    /** Count of failed calls. */
    public readonly retries: RetryCount;
    /** The call, while there is one. */
    public link: Link | null = null;
    /** Not called again until something has changed at one of the two ends. */
    public givenUp = false;
    /** Timer of the next call. */
    public timer: ReturnType<typeof setTimeout> | undefined;
    /** Runs from the first call without a path until there is one, or until it has been told of. */
    private _overdue: ReturnType<typeof setTimeout> | undefined;
    private _isToldOf = false;
    private _check: ReturnType<typeof setTimeout> | undefined;
    private _peerId: string;
    private _previous: PreviousCall | null = null;
    private readonly _onTrackChange: () => void;
    /** The last packet that was seen, and when it was new. */
    private _seen: { readonly packet: number | null; readonly at: number } = { packet: null, at: 0 };

    /**
     * @param peerId - the other end's
     * @param retryPolicy - when to call again
     * @param onError - hears of a policy that cannot be asked
     * @param onTrackChange - called when another track is to be played, or none, by the clock
     */
    public constructor(peerId: string, retryPolicy: IRetryPolicy, onError: (error: RtcError) => void, onTrackChange: () => void) {
        this._peerId = peerId;
        this.retries = new RetryCount(retryPolicy, onError);
        this._onTrackChange = onTrackChange;
    }

    /** The other end's, in signalling. */
    public get peerId(): string {
        return this._peerId;
    }

    /** Link that carries the voices: the new call's once it stands, the previous one's until then. */
    public get activeLink(): Link | null {
        return this.link?.connected ? this.link : (this._previous?.link ?? this.link);
    }

    /** Track to play: the previous call's until the new one's has settled; null = none. */
    public get receivedTrack(): MediaStreamTrack | null {
        const next = this.link?.track ?? null;
        const before = this._previous?.link.track ?? null;
        return this._previous?.state === "played" ? (before ?? next) : (next ?? before);
    }

    /** State of the path to the member; one that is made anew is `connecting`, although a previous call may go on. */
    public get state(): VoiceLink {
        return this.link?.connected ? "connected" : this._isToldOf || this.givenUp ? "noPath" : "connecting";
    }

    /**
     * Waits for a path, which a call is on its way for. A second call changes nothing.
     * @param onOverdue - called once if there is none after eight seconds, and it is still looked for
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

    /** There is a path, or none is looked for any more. */
    public endWait(): void {
        clearTimeout(this._overdue);
        this._overdue = undefined;
        this._isToldOf = false;
    }

    /** @returns whether a packet has come since it was looked last */
    public look(): boolean {
        const packet = this.activeLink?.lastPacket ?? null;
        if (packet === null || packet === this._seen.packet) {
            return false;
        }
        this._seen = { packet, at: performance.now() };
        return true;
    }

    /**
     * Looks whether packets still come by the link that stands: the network at one of its ends has been away, or is another one. ICE takes some ten
     * seconds to say so.
     * @param onDead - called if none comes. Never called where the browser does not tell of packets, or none has ever come.
     */
    public checkPath(onDead: () => void): void {
        const { link } = this;
        if (link?.connected !== true) {
            return;
        }
        clearTimeout(this._check);
        this._check = setTimeout(() => {
            this.look();
            // Whoever looks all the time may have seen none for long.
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

    /** Gives it all attempts anew. */
    public renewAttempts(): void {
        this.retries.succeeded();
        this.givenUp = false;
    }

    /**
     * Sends this track by every call from now on. Never rejects.
     * @param track - stays the caller's; null = no packets at all
     */
    public async sendAsync(track: MediaStreamTrack | null): Promise<void> {
        await Promise.all([this.link?.sendAsync(track), this._previous?.link.sendAsync(track)]);
    }

    /**
     * The member is another peer from now on: the present call ends.
     * @param peerId - of that one
     */
    public changePeer(peerId: string): void {
        this._peerId = peerId;
        this.closeCall();
    }

    /** This end is another peer from now on: a call that stands goes on until the next one does (make before break); one that does not is closed. */
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
     * Lets the previous call go as soon as the present one is heard.
     * @param link - of the present call, which stands and has its track
     */
    public retirePrevious(link: Link): void {
        this._previous?.retire(link);
    }

    /** Closes the previous call, if there is one. */
    public closePrevious(): void {
        this._previous?.close();
        this._previous = null;
    }

    /** Tells whether that is the link of the previous call. */
    public isPrevious(link: Link): boolean {
        return this._previous?.link === link;
    }

    /** Closes every call, and ends the wait for the next one. */
    public closeAll(): void {
        this.closePrevious();
        this.closeCall();
    }

    /** Closes the present call, and ends the wait for the next one. A previous one goes on. */
    public closeCall(): void {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.endWait();
        clearTimeout(this._check);
        this.link?.close();
        this.link = null;
        this.renewAttempts();
    }
}
