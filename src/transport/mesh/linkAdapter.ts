import type { SendMode } from "../linkFacts.js";
import type { IOpusSettings } from "../opusSettings.js";
import { pathRoundTripOf, receiverReportOf } from "./linkStatistics.js";
import type { IReceiverReport } from "./linkStatistics.js";
import { hasRedundancy, narrowBitrate, narrowFrameMs, withOpusSettings, withSendMode } from "./opusSdp.js";
import type { RtpSender } from "./rtpSender.js";
import { firstSendState, nextSendState } from "./sendMode.js";
import type { ISendAbilities, ISendState } from "./sendMode.js";

/** Poll interval for the other end's RTCP reports, in milliseconds. Reports arrive every 2.5 to 7.5 seconds (RFC 3550, section 6.3.1). */
const periodMs = 2_000;

/** Minimum number of packets that a loss report must cover. In speech pauses few packets are sent, so a single lost packet would be a large share. */
const fewestPackets = 25;

/**
 * Adapts a link's send mode to its line: reads the reports of the other end, and switches to redundancy or to a low rate while the line needs it.
 *
 * Browsers take redundancy and frame length only from the other end's session description: `encodings[0].codec` of `setParameters` accepts RED but
 * changes nothing, and `adaptivePtime` ignores `maxBitrate` (Chromium 156). So the remote description is edited and applied again. The other end is not
 * involved, and the audio continues (in Chromium 156, the receiver conceals at most 45 ms).
 */
export class LinkAdapter {
    private readonly _connection: RTCPeerConnection;
    private readonly _sender: RtpSender;
    private readonly _settings: IOpusSettings;
    private _state: ISendState = firstSendState;
    /** The last report; null after a pause. The first report covers all packets since the start. */
    private _last: Pick<IReceiverReport, "at" | "packetsSent"> | null = { at: NaN, packetsSent: 0 };
    /** Shortest round-trip time of the path since the send mode was last decided, in milliseconds; Infinity = not known. */
    private _shortestMs = Infinity;
    /** Original description of the other end, before the first change. */
    private _remote: RTCSessionDescriptionInit | null = null;
    private _timer: ReturnType<typeof setInterval> | undefined;
    /** True while a poll, or a change that follows from it, is in progress. */
    private _looking = false;

    /**
     * @param connection - has completed its negotiation, and is not renegotiated elsewhere; the caller closes the adapter before the connection
     * @param sender - sender of the connection; our changes wait until the sender's own changes are done
     * @param settings - Opus settings that apply while the line has enough bandwidth
     */
    public constructor(connection: RTCPeerConnection, sender: RtpSender, settings: IOpusSettings) {
        this._connection = connection;
        this._sender = sender;
        this._settings = settings;
        if (settings.adaptation !== "off") {
            this._timer = setInterval(() => void this._lookAloneAsync(), periodMs);
            // Reads the round-trip time before voices can fill a queue.
            void this._lookAloneAsync();
        }
    }

    /** Current send mode of our voice. */
    public get mode(): SendMode {
        return this._state.mode;
    }

    /** Stops polling. The send mode stays as it is. */
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

    /** Polls the reports once, and switches the send mode if needed. Never rejects. */
    private async _lookAsync(): Promise<void> {
        if (!this._sender.isSending) {
            // A report from before the pause says nothing about the line after the pause.
            this._last = null;
            return;
        }
        const statistics = await this._sender.statisticsAsync().catch(() => null);
        if (this._timer === undefined || !statistics) {
            return;
        }
        this._shortestMs = Math.min(this._shortestMs, pathRoundTripOf(statistics) ?? Infinity);
        const report = receiverReportOf(statistics);
        const last = this._last;
        if (!report || report.at === last?.at) {
            return;
        }
        this._last = report;
        if (!last || report.packetsSent - last.packetsSent < fewestPackets) {
            return;
        }
        const next = nextSendState(this._state, { ...report, shortestMs: this._shortestMs }, this._abilities());
        this._shortestMs = Infinity;
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

    /**
     * Switches the send mode.
     * @returns true if the mode was switched; false = the mode stays, and adaptation stops permanently. Never rejects.
     */
    private async _sendAsAsync(mode: SendMode): Promise<boolean> {
        try {
            await this._sender.changeAsync(() => this._negotiateAgainAsync(mode));
            return true;
        } catch {
            // The browser rejects the description, or the connection is closed.
            this.close();
            return false;
        }
    }

    /** Applies the local and remote descriptions again, in this end's original role (offer or answer). Nothing changes for the other end. */
    private async _negotiateAgainAsync(mode: SendMode): Promise<void> {
        const connection = this._connection;
        const remote = (this._remote ??= connection.currentRemoteDescription);
        if (!remote?.sdp || connection.signalingState !== "stable") {
            throw new Error("The connection is negotiating something else.");
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
