import type { RtcError } from "../../errors/rtcError.js";
import { RetryCount } from "../retryCount.js";
import type { IRetryPolicy } from "../retryPolicy.js";
import type { Link } from "./link.js";

/** What is known of the way to one other member. */
export class PeerSlot {
    /** The other end's, in signalling. */
    public readonly peerId: string;
    /** How often calling has failed. */
    public readonly retries: RetryCount;
    /** The call, while there is one. */
    public link: Link | null = null;
    /** What comes by it. */
    public track: MediaStreamTrack | null = null;
    /** Not called again until something has changed at one of the two ends. */
    public givenUp = false;
    /** When it is called again. */
    public timer: ReturnType<typeof setTimeout> | undefined;

    /**
     * @param peerId - the other end's
     * @param retryPolicy - when to call again
     * @param onError - hears of a policy that cannot be asked
     */
    public constructor(peerId: string, retryPolicy: IRetryPolicy, onError: (error: RtcError) => void) {
        this.peerId = peerId;
        this.retries = new RetryCount(retryPolicy, onError);
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
        this.link?.close();
        this.link = null;
        this.track = null;
        this.renewAttempts();
    }
}
