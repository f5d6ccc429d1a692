import type { RtcError } from "../../errors/rtcError.js";
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

/** State of the path to one other member. */
export class PeerSlot {
    /** The other end's, in signalling. */
    public readonly peerId: string;
    /** Count of failed calls. */
    public readonly retries: RetryCount;
    /** The call, while there is one. */
    public link: Link | null = null;
    /** The received track. */
    public track: MediaStreamTrack | null = null;
    /** Not called again until something has changed at one of the two ends. */
    public givenUp = false;
    /** Timer of the next call. */
    public timer: ReturnType<typeof setTimeout> | undefined;
    /** Runs from the first call without a path until there is one, or until it has been told of. */
    private _overdue: ReturnType<typeof setTimeout> | undefined;
    private _isToldOf = false;
    private _check: ReturnType<typeof setTimeout> | undefined;
    /** The last packet that was seen, and when it was new. */
    private _seen: { readonly packet: number | null; readonly at: number } = { packet: null, at: 0 };

    /**
     * @param peerId - the other end's
     * @param retryPolicy - when to call again
     * @param onError - hears of a policy that cannot be asked
     */
    public constructor(peerId: string, retryPolicy: IRetryPolicy, onError: (error: RtcError) => void) {
        this.peerId = peerId;
        this.retries = new RetryCount(retryPolicy, onError);
    }

    /** State of the path to the member. */
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
        const packet = this.link?.lastPacket ?? null;
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

    /** Ends the call, and the wait for the next one. */
    public hangUp(): void {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.endWait();
        clearTimeout(this._check);
        this.link?.close();
        this.link = null;
        this.track = null;
        this.renewAttempts();
    }
}
