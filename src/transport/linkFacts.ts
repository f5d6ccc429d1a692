/** Path of a link's packets: direct, or through a relay (TURN). */
export type LinkPath = "direct" | "relayed" | "unknown";

/**
 * Send mode of our voice on a link. `full` = as configured. `redundant` = each packet also carries the audio of the previous packet (RED, RFC 2198),
 * because packets get lost. `narrow` = 60 ms of audio per packet at 12 kbit/s at most, because the line has too little bandwidth: speech stays clear,
 * but sounds duller and has more delay.
 */
export type SendMode = "full" | "redundant" | "narrow";

/** Facts about the link to one member: current values, and counters since the link was made. Plain data; null = not known (yet). */
export interface ILinkFacts {
    /** Time of these facts, in milliseconds. Only the difference between two facts of one link is meaningful. */
    readonly at: number;
    /** Round-trip time to the other end, in milliseconds. */
    readonly roundTripMs: number | null;
    /** Jitter: variation of the packets' arrival times, in milliseconds (RFC 3550, section 6.4.1). */
    readonly jitterMs: number | null;
    /** Audio bytes sent, without packet headers. */
    readonly bytesSent: number;
    /** Audio bytes received, without packet headers. */
    readonly bytesReceived: number;
    /** Packets received. */
    readonly packetsReceived: number;
    /** Packets that were sent to us and did not arrive. Decreases when a packet arrives late. */
    readonly packetsLost: number;
    /** Samples played. */
    readonly samplesPlayed: number;
    /** Played samples that were synthesized because the real ones were missing. Silent samples between words are not counted. */
    readonly samplesConcealed: number;
    /** Total time that the played samples waited in the jitter buffer, in milliseconds. */
    readonly bufferedMs: number;
    /** Number of samples that `bufferedMs` covers. */
    readonly samplesBuffered: number;
    readonly path: LinkPath;
    /** Codec in lower case, for example `opus`. */
    readonly codec: string | null;
    /** Current send mode. Undefined if the transport does not adapt. */
    readonly sendMode?: SendMode;
}
