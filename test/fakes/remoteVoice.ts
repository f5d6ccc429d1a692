import type { IRemoteVoice } from "../../src/transport/voiceTransport.js";

/** A member's voice, who publishes and may be heard. */
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
        ridesData: false,
        ...more,
    };
}
