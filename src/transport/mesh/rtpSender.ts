/**
 * The sender of one link. Nothing at all = an inactive encoding: packets stop at once and are back after some 60 ms. A sender without a track
 * stops as quickly, but its packets' time stands still meanwhile, so that the receiver takes the pause for delay and from the second one
 * on plays a second late (Chromium 156: 1.1 s, against 0.2 s with an inactive encoding).
 */
export class RtpSender {
    private readonly _sender: RTCRtpSender;
    private readonly _onFailed: () => void;
    private _track: MediaStreamTrack | null;
    private _active = true;
    /** One change after the other: parameters that were read before another change are refused. */
    private _changing: Promise<void> = Promise.resolve();
    private _close: () => void = () => undefined;
    /** Resolves with the end of the link: what the browser was about to do then stays pending for ever (Chromium 156). */
    private readonly _closed = new Promise<void>((resolve) => (this._close = resolve));

    /**
     * @param sender - with the track that it sends
     * @param onFailed - called when it cannot send what it should
     */
    public constructor(sender: RTCRtpSender, onFailed: () => void) {
        this._sender = sender;
        this._onFailed = onFailed;
        this._track = sender.track;
    }

    /**
     * Sends this track from now on. Never rejects.
     * @param track - stays the caller's; null = no packets at all
     */
    public async sendAsync(track: MediaStreamTrack | null): Promise<void> {
        if (track !== this._track) {
            this._track = track;
            this._changing = this._changing.then(() => this._changeAsync());
        }
        await Promise.race([this._changing, this._closed]);
    }

    /** Ends every wait for a change. Harmless if called twice. */
    public close(): void {
        this._close();
    }

    /** True while packets go, as far as it is up to us. */
    public get isSending(): boolean {
        return this._active && this._track !== null;
    }

    /** The browser's statistics of the sent audio; null where it has none. Rejects if the connection is closed. */
    public async statisticsAsync(): Promise<RTCStatsReport | null> {
        const sender: Partial<Pick<RTCRtpSender, "getStats">> = this._sender;
        return (await sender.getStats?.()) ?? null;
    }

    /**
     * Does something to the connection while nothing else is changed.
     * @param work - what to do
     * @returns a promise that rejects as that does, and resolves with the end of the link
     */
    public async changeAsync(work: () => Promise<void>): Promise<void> {
        const changed = this._changing.then(work);
        this._changing = changed.catch(() => undefined);
        await Promise.race([changed, this._closed]);
    }

    private async _changeAsync(): Promise<void> {
        const track = this._track;
        try {
            if (!track) {
                await this._stopAsync();
                return;
            }
            if (this._sender.track !== track) {
                await this._sender.replaceTrack(track);
            }
            await this._setActiveAsync(true);
        } catch {
            this._onFailed();
        }
    }

    private async _stopAsync(): Promise<void> {
        try {
            await this._setActiveAsync(false);
        } catch {
            // Not every browser has an encoding before the first answer; then without a track.
            await this._sender.replaceTrack(null);
        }
    }

    private async _setActiveAsync(active: boolean): Promise<void> {
        if (this._active === active) {
            return;
        }
        const parameters = this._sender.getParameters();
        const [encoding] = parameters.encodings;
        if (!encoding) {
            throw new Error("The sender has no encoding.");
        }
        encoding.active = active;
        await this._sender.setParameters(parameters);
        this._active = active;
    }
}
