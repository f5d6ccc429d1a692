import { NEVER, Observable } from "rxjs";

/** As much of the Audio Session API as is used; TypeScript does not know it yet. https://www.w3.org/TR/audio-session/ */
export interface IAudioSession extends EventTarget {
    type: string;
    readonly state?: string;
}

/** @returns the page's audio session; null where the browser has none (seen: Chromium 156; Safari has one from 16.4 on) */
export function browserAudioSession(): IAudioSession | null {
    const { navigator } = globalThis as { readonly navigator?: { readonly audioSession?: IAudioSession } };
    return navigator?.audioSession ?? null;
}

/**
 * Tells iOS and iPadOS that the page holds a conversation. Left to itself Safari takes a page that only plays WebAudio for an ambient one: the
 * silent switch mutes it, other apps' sounds mix with it. Babylon has a silent media element against that, which plays only beside its own
 * sounds, and voices are sound sources. It must be `play-and-record`, and not `playback`, even for who only listens: with any other type the
 * specification has the browser end every microphone track of the page, the app's own included.
 * @param session - the page's. Default: the browser's; without one nothing happens.
 * @returns emits nothing; sets the type on subscribing, and gives the old one back on unsubscribing unless the app has set another meanwhile
 * @see https://www.w3.org/TR/audio-session/#microphone-track-source and https://developer.mozilla.org/docs/Web/API/AudioSession
 */
export function conversing$(session: IAudioSession | null = browserAudioSession()): Observable<never> {
    if (!session) {
        return NEVER;
    }
    return new Observable(() => {
        const before = session.type;
        session.type = conversation;
        return () => {
            if (session.type === conversation) {
                session.type = before;
            }
        };
    });
}

const conversation = "play-and-record";
