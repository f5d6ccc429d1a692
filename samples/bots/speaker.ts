import { frameMs } from "./oggOpus.js";
import type { IOpusClip } from "./oggOpus.js";

/** Frame that every link of a bot sends at one moment. */
export interface IVoiceFrame {
    /** One Opus packet. */
    readonly payload: Uint8Array;
    /** RTP time of its first sample, at 48 kHz. */
    readonly timestamp: number;
    /** True for the first frame of a phrase (RFC 3551, section 4.1): receivers may fit their buffers anew there. */
    readonly marker: boolean;
}

/** RTP ticks a frame; Opus always counts at 48 kHz (RFC 7587, section 4.1). */
export const ticksPerFrame = 48 * frameMs;

/** In a pause every 20th frame goes out, that is one in 400 ms, as libopus does with DTX. */
const framesPerKeepAlive = 20;

/** One mouth: turns clips into frames on a timeline that goes on through pauses. Knows neither clock nor network. */
export class Speaker {
    private _clip: IOpusClip | null = null;
    private _position = 0;
    private _pause = 0;
    /** A packet of nothing but its first byte tells the decoder: silence, nothing was lost. Its coding mode is that of the sound before. */
    private _silence = Uint8Array.of(0x78);

    /** True during a phrase. */
    public get speaking(): boolean {
        return this._clip !== null;
    }

    /**
     * Says something from the next frame on, in place of what is being said.
     * @param clip - what to say
     */
    public say(clip: IOpusClip): void {
        this._clip = clip;
        this._position = 0;
    }

    /**
     * Selects the frame to send.
     * @param frame - its number; grows by one each 20 ms, or jumps ahead where frames were missed
     * @returns null = nothing
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
