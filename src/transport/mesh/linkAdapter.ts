import type { SendMode } from "../linkFacts.js";
import type { IOpusSettings } from "../opusSettings.js";
import { receiverReportOf } from "./linkStatistics.js";
import type { IReceiverReport } from "./linkStatistics.js";
import { hasRedundancy, narrowBitrate, narrowFrameMs, withOpusSettings, withSendMode } from "./opusSdp.js";
import type { RtpSender } from "./rtpSender.js";
import { firstSendState, nextSendState } from "./sendMode.js";
import type { ISendAbilities, ISendState } from "./sendMode.js";

/** Poll interval for the other end's reports, in milliseconds. Reports come every 2.5 to 7.5 seconds (RFC 3550, section 6.3.1). */
const periodMs = 2_000;

/** Fewest packets that a report of loss must be about. In pauses a few go, and one that is lost would be a large share. */
const fewestPackets = 25;

/**
 * Fits what a link sends to its line: reads what the other end reports, and sends with redundancy or at a low rate while that is needed.
 *
 * Browsers take redundancy and length of frames from the other end's session description alone: `encodings[0].codec` of `setParameters` is
 * taken for RED and changes nothing, and `adaptivePtime` ignores `maxBitrate` (Chromium 156). So that description is applied again, edited. The
 * other end hears of nothing, and the sound goes on (45 ms of it made up at most, in Chromium 156).
 */
export class LinkAdapter {
    private readonly _connection: RTCPeerConnection;
    private readonly _sender: RtpSender;
    private readonly _settings: IOpusSettings;
    private _state: ISendState = firstSendState;
    private _last: IReceiverReport | null = null;
    /** The other end's description as it came, before the first change. */
    private _remote: RTCSessionDescriptionInit | null = null;
    private _timer: ReturnType<typeof setInterval> | undefined;
    /** A look, with the change that may follow from it, is under way. */
    private _looking = false;

    /**
     * @param connection - has negotiated, and stays so; the caller closes the adapter before it
     * @param sender - of that connection; changes wait for its own
     * @param settings - as which is sent while the line allows it
     */
    public constructor(connection: RTCPeerConnection, sender: RtpSender, settings: IOpusSettings) {
        this._connection = connection;
        this._sender = sender;
        this._settings = settings;
        if (settings.adaptation !== "off") {
            this._timer = setInterval(() => void this._lookAloneAsync(), periodMs);
        }
    }

    /** Mode that our voice is sent in now. */
    public get mode(): SendMode {
        return this._state.mode;
    }

    /** Ends the polling. The mode stays as it is. */
    public close(): void {
        clearInterval(this._timer);
        this._timer = undefined;
    }

    private async _lookAloneAsync(): Promise<void> {
        if (!this._looking) {
            this._looking = true;
            await this._lookAsync();
            this._looking = false;
        }
    }

    /** Never rejects. */
    private async _lookAsync(): Promise<void> {
        if (!this._sender.isSending) {
            // A report from before the pause says nothing of the line after it.
            this._last = null;
            return;
        }
        const report = await this._sender.statisticsAsync().then(
            (statistics) => statistics && receiverReportOf(statistics),
            () => null,
        );
        const last = this._last;
        if (this._timer === undefined || !report || report.at === last?.at) {
            return;
        }
        this._last = report;
        if (!last || report.packetsSent - last.packetsSent < fewestPackets) {
            return;
        }
        const next = nextSendState(this._state, report, this._abilities());
        if (next.mode === this._state.mode || (await this._sendAsAsync(next.mode))) {
            this._state = next;
        }
    }

    private _abilities(): ISendAbilities {
        const { adaptation, frameMs, bitrate } = this._settings;
        const { currentLocalDescription: local, currentRemoteDescription: remote } = this._connection;
        return {
            redundancy: adaptation === "full" && hasRedundancy(local?.sdp) && hasRedundancy(remote?.sdp),
            narrowing: frameMs < narrowFrameMs || bitrate > narrowBitrate,
        };
    }

    /** @returns whether it could be done; if not, nothing is changed, now or later. Never rejects. */
    private async _sendAsAsync(mode: SendMode): Promise<boolean> {
        try {
            await this._sender.changeAsync(() => this._negotiateAgainAsync(mode));
            return true;
        } catch {
            // The browser does not take it, or the connection is at its end.
            this.close();
            return false;
        }
    }

    /** In the part that this end had in the call: nothing that concerns the other end changes. */
    private async _negotiateAgainAsync(mode: SendMode): Promise<void> {
        const connection = this._connection;
        const remote = (this._remote ??= connection.currentRemoteDescription);
        if (!remote?.sdp || connection.signalingState !== "stable") {
            throw new Error("The connection is about something else.");
        }
        const edited = { type: remote.type, sdp: withSendMode(remote.sdp, mode) };
        const own = ({ type, sdp = "" }: RTCSessionDescriptionInit): RTCSessionDescriptionInit => ({
            type,
            sdp: withOpusSettings(sdp, this._settings),
        });
        try {
            if (remote.type === "offer") {
                await connection.setRemoteDescription(edited);
                await connection.setLocalDescription(own(await connection.createAnswer()));
            } else {
                await connection.setLocalDescription(own(await connection.createOffer()));
                await connection.setRemoteDescription(edited);
            }
        } catch (error) {
            await this._rollBackAsync();
            throw error;
        }
    }

    private async _rollBackAsync(): Promise<void> {
        const { signalingState: state } = this._connection;
        const rollback = { type: "rollback" } as const;
        if (state === "have-remote-offer") {
            await this._connection.setRemoteDescription(rollback);
        } else if (state === "have-local-offer") {
            await this._connection.setLocalDescription(rollback);
        }
    }
}
