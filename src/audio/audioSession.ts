import { NEVER, Observable } from "rxjs";

/** The part of the Audio Session API that is used. TypeScript has no types for it yet. https://www.w3.org/TR/audio-session/ */
export interface IAudioSession extends EventTarget {
    type: string;
    readonly state?: string;
}

/** @returns the page's audio session; null if the browser has none (observed in Chromium 156; Safari has one from 16.4 on) */
export function browserAudioSession(): IAudioSession | null {
    const { navigator } = globalThis as { readonly navigator?: { readonly audioSession?: IAudioSession } };
    return navigator?.audioSession ?? null;
}

/**
 * Sets the audio session type for a conversation on iOS and iPadOS. By default Safari treats a page that only plays WebAudio as ambient: the
 * silent switch mutes the page, and other apps continue to play. Babylon prevents this with a silent media element, but only while its own
 * sounds play; voices are sound sources, which do not count. The type must be `play-and-record`, not `playback`, even for members who only
 * listen: with any type except this one and `auto`, the specification requires the browser to end every microphone track of the page,
 * including the app's own.
 * @param session - audio session of the page. Default: the browser's; without a session this is a no-op.
 * @returns emits nothing; sets the type on subscribing, and restores the previous one on unsubscribing unless the app has changed it meanwhile
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
