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

/** Longest life of a call that was set aside, in milliseconds: the other end is awaited, and then a new path. */
const asideMs = awaitedMs + overdueMs;

/** Time for which a call that was set aside goes on beside the next one, in milliseconds: the other end may have no sound of that yet. */
const overlapMs = 1_000;

/** A call that goes on until the next one stands. */
interface IAside {
    readonly link: Link;
    readonly track: MediaStreamTrack | null;
    /** Called when it is over by the clock. */
    readonly onOver: () => void;
    timer: ReturnType<typeof setTimeout>;
}

/** State of the path to one other member. */
export class PeerSlot {
    /** Count of failed calls. */
    public readonly retries: RetryCount;
    /** The call, while there is one. */
    public link: Link | null = null;
    /** Track that the call has brought. */
    public track: MediaStreamTrack | null = null;
    /** Not called again until something has changed at one of the two ends. */
    public givenUp = false;
    /** Timer of the next call. */
    public timer: ReturnType<typeof setTimeout> | undefined;
    /** Runs from the first call without a path until there is one, or until it has been told of. */
    private _overdue: ReturnType<typeof setTimeout> | undefined;
    private _isToldOf = false;
    private _check: ReturnType<typeof setTimeout> | undefined;
    private _peerId: string;
    private _aside: IAside | null = null;
    /** The last packet that was seen, and when it was new. */
    private _seen: { readonly packet: number | null; readonly at: number } = { packet: null, at: 0 };

    /**
     * @param peerId - the other end's
     * @param retryPolicy - when to call again
     * @param onError - hears of a policy that cannot be asked
     */
    public constructor(peerId: string, retryPolicy: IRetryPolicy, onError: (error: RtcError) => void) {
        this._peerId = peerId;
        this.retries = new RetryCount(retryPolicy, onError);
    }

    /** The other end's, in signalling. */
    public get peerId(): string {
        return this._peerId;
    }

    /** The call that carries the voices: that of before while the present one does not stand. */
    public get carrier(): Link | null {
        return this.link?.connected ? this.link : (this._aside?.link ?? this.link);
    }

    /** True while a call goes on that was set aside. */
    public get hasAside(): boolean {
        return this._aside !== null;
    }

    /** The received track. */
    public get heard(): MediaStreamTrack | null {
        return this.track ?? this._aside?.track ?? null;
    }

    /** State of the path to the member; one that is made anew is `connecting`, although the call of before may go on. */
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
                this._endAside();
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
        const packet = this.carrier?.lastPacket ?? null;
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
        await Promise.all([this.link?.sendAsync(track), this._aside?.link.sendAsync(track)]);
    }

    /**
     * The member is another peer from now on.
     * @param peerId - of that one
     * @param onOver - see `setAside`
     */
    public moveTo(peerId: string, onOver: () => void): void {
        this._peerId = peerId;
        this.setAside(onOver);
    }

    /**
     * Makes room for the next call, since one of the two ends is another peer by now: a call that stands goes on until the next one does.
     * @param onOver - called when it has ended by the clock
     */
    public setAside(onOver: () => void): void {
        const { link, track } = this;
        if (link?.connected === true) {
            this._endAside();
            this._aside = { link, track, onOver, timer: this._asideTimer(asideMs, onOver) };
            this.link = null;
        }
        this.endCall();
    }

    /** The call has brought its track, so that the one before it is needed for a moment only. */
    public overtake(): void {
        const aside = this._aside;
        if (aside) {
            clearTimeout(aside.timer);
            aside.timer = this._asideTimer(overlapMs, aside.onOver);
        }
    }

    /**
     * @param link - a call that has ended
     * @returns whether it was the one that was set aside, which is forgotten now
     */
    public forgetAside(link: Link): boolean {
        const was = this._aside?.link === link;
        if (was) {
            this._endAside();
        }
        return was;
    }

    /** Ends every call, and the wait for the next one. */
    public hangUp(): void {
        this._endAside();
        this.endCall();
    }

    /** Ends the present call, and the wait for the next one. One that was set aside goes on. */
    public endCall(): void {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.endWait();
        clearTimeout(this._check);
        this.link?.close();
        this.link = null;
        this.track = null;
        this.renewAttempts();
    }

    private _asideTimer(ms: number, onOver: () => void): ReturnType<typeof setTimeout> {
        return setTimeout(() => {
            this._endAside();
            onOver();
        }, ms);
    }

    private _endAside(): void {
        clearTimeout(this._aside?.timer);
        this._aside?.link.close();
        this._aside = null;
    }
}
