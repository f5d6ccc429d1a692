import { frameMs } from "./oggOpus.js";
import type { IOpusClip } from "./oggOpus.js";

/** One voice frame, sent over all links of a bot. */
export interface IVoiceFrame {
    /** One Opus packet. */
    readonly payload: Uint8Array;
    /** RTP timestamp of the first sample, at 48 kHz. */
    readonly timestamp: number;
    /** RTP marker bit: true for the first frame of a phrase (RFC 3551, section 4.1). Receivers may adjust their jitter buffers there. */
    readonly marker: boolean;
}

/** RTP clock ticks per frame. The RTP clock of Opus is always 48 kHz (RFC 7587, section 4.1). */
export const ticksPerFrame = 48 * frameMs;

/** Send interval during a pause, in frames: one frame every 400 ms, as libopus does with DTX. */
const framesPerKeepAlive = 20;

/** Turns clips into frames. RTP timestamps continue during pauses. Independent of clock and network. */
export class Speaker {
    private _clip: IOpusClip | null = null;
    private _position = 0;
    private _pause = 0;
    /** Packet with only a TOC byte: silence (DTX), which is no packet loss for the decoder. Has the coding mode of the preceding sound. */
    private _silence = Uint8Array.of(0x78);

    /** True during a phrase. */
    public get speaking(): boolean {
        return this._clip !== null;
    }

    /**
     * Starts a clip with the next frame. Replaces the current clip.
     * @param clip - clip to speak
     */
    public say(clip: IOpusClip): void {
        this._clip = clip;
        this._position = 0;
    }

    /**
     * Selects the frame to send.
     * @param frame - frame number; increases by one every 20 ms, or by more if frames were missed
     * @returns the frame; null if nothing is to be sent
     */
    public next(frame: number): IVoiceFrame | null {
        const timestamp = (frame * ticksPerFrame) % 2 ** 32;
        const payload = this._clip?.packets[this._position];
        if (payload) {
            const marker = this._position === 0;
            this._position++;
            this._pause = 0;
            if (payload[0] !== undefined) {
                this._silence = Uint8Array.of(payload[0] & 0xfc);
            }
            if (this._position === this._clip?.packets.length) {
                this._clip = null;
            }
            return { payload, timestamp, marker };
        }
        return this._pause++ % framesPerKeepAlive === 0 ? { payload: this._silence, timestamp, marker: false } : null;
    }
}
