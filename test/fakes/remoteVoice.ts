import type { IRemoteVoice } from "../../src/transport/voiceTransport.js";

/** A remote voice. By default it is publishing, not muted and not blocked, without a track. */
export function remoteVoice(id: string, more: Partial<IRemoteVoice> = {}): IRemoteVoice {
    return {
        id,
        name: id,
        track: null,
        muted: "no",
        publishing: true,
        capturing: true,
        blocked: false,
        mayPublish: true,
        dataInRtp: false,
        ...more,
    };
}
