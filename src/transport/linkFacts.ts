/** Path of a link's packets: direct, or through a relay (TURN). */
export type LinkPath = "direct" | "relayed" | "unknown";

/**
 * Send mode of our voice on a link. `full` = as it is set. `redundant` = each packet brings the sound of the packet before along (RED, RFC 2198), because
 * packets get lost. `narrow` = 60 ms of sound a packet at 12 kbit/s, because the line takes no more: speech stays clear, but is duller and later.
 */
export type SendMode = "full" | "redundant" | "narrow";

/** Facts about the link to one member: states, and counters since the link was made. Plain data; null = not known (yet). */
export interface ILinkFacts {
    /** Time of these facts, in milliseconds on the clock of `performance.now()`, or any other that goes evenly. */
    readonly at: number;
    /** From here to the other end and back, in milliseconds. */
    readonly roundTripMs: number | null;
    /** By how much the arrival of packets varies, in milliseconds (RFC 3550, section 6.4.1). */
    readonly jitterMs: number | null;
    /** Bytes of sound that were sent, without packet headers. */
    readonly bytesSent: number;
    /** Bytes of sound that came, without packet headers. */
    readonly bytesReceived: number;
    /** Packets that came. */
    readonly packetsReceived: number;
    /** Packets that were sent to us and did not come. Can go down when one comes late. */
    readonly packetsLost: number;
    /** Samples that were played. */
    readonly samplesPlayed: number;
    /** Those of them that were made up because the real ones were missing; quiet ones between words are not among them. */
    readonly samplesConcealed: number;
    /** Time that the played samples have waited in the receive buffer, all added up, in milliseconds. */
    readonly bufferedMs: number;
    /** Number of samples that `bufferedMs` is about. */
    readonly samplesBuffered: number;
    readonly path: LinkPath;
    /** Like `opus`, in lower case. */
    readonly codec: string | null;
    /** Undefined where the transport does not adapt. */
    readonly sendMode?: SendMode;
}
