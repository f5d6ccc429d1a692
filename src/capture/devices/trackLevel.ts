import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { level$ } from "../../audio/levelMeter.js";

/**
 * @param host - where it is measured
 * @param track - a live track
 * @param periodMs - time between two figures, in milliseconds. Default: 100.
 * @returns how loud the track is, root mean square 0 to 1. Cold.
 */
export function trackLevel$(host: AudioHost, track: MediaStreamTrack, periodMs?: number): Observable<number> {
    return level$(
        host,
        (analyser) => {
            const source = host.openTrack(host.context, track);
            source.node.connect(analyser);
            return () => source.dispose();
        },
        periodMs,
    );
}
