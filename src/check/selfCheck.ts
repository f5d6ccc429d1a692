import { ProbeContext } from "../audio/probeContext.js";
import { checkOptions, requireOptions } from "../errors/checkOptions.js";
import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { serverAddress } from "../interop/serverAddress.js";
import { checkAutoplayAsync, checkMicrophoneAsync, checkOutputAsync, checkSecureContext, openMicrophoneAsync } from "./deviceChecks.js";
import type { IOpenMicrophone } from "./deviceChecks.js";
import { checkCallAsync, checkStunAsync, checkTurnAsync, serversOf } from "./iceChecks.js";
import { checkServerAsync, enterAsync } from "./serverChecks.js";
import { skipped } from "./checkRow.js";
import type { Finding, IRtcCheckOptions, IRtcCheckRow, RtcCheckId } from "./checkRow.js";

const rules = "server=string user=object token rooms=object relayOnly=boolean microphone=object room=string skip.includes onRow";

/** One run of all checks, and the owner of everything that the checks open. */
class SelfCheck {
    private readonly _options: IRtcCheckOptions;
    private readonly _signal: AbortSignal;
    private readonly _rows: IRtcCheckRow[] = [];
    private _audio: ProbeContext | null = null;
    private _microphone: IOpenMicrophone | null = null;
    /** ICE servers of the app or of the grant; null = not known. */
    private _iceServers: RTCIceServer[] | null;

    public constructor(options: IRtcCheckOptions, signal: AbortSignal) {
        this._options = options;
        this._signal = signal;
        this._iceServers = options.iceServers ?? null;
    }

    public async runAsync(): Promise<readonly IRtcCheckRow[]> {
        const { _signal: signal } = this;
        try {
            await this._rowAsync("secureContext", checkSecureContext);
            await this._rowAsync("autoplay", async () => checkAutoplayAsync((this._audio = new ProbeContext()), signal));
            await this._rowAsync("microphone", async () => {
                this._microphone = await openMicrophoneAsync(this._options.microphone, signal);
                return await checkMicrophoneAsync(this._microphone, this._audio, signal);
            });
            // After the microphone, because browsers list output devices only for pages with microphone permission.
            await this._rowAsync("output", async () =>
                this._audio ? checkOutputAsync(this._audio, signal) : skipped("Sound is off; no output was checked."),
            );
            await this._networkAsync();
            return this._rows;
        } finally {
            this._microphone?.close();
            await this._audio?.closeAsync();
        }
    }

    private async _networkAsync(): Promise<void> {
        const { _options: options, _signal: signal } = this;
        let server: string | null = null;
        await this._rowAsync("server", async () => {
            if (options.server === undefined) {
                return skipped("No server was given.");
            }
            const address = serverAddress(options.server);
            const finding = await checkServerAsync(address, signal);
            server = address;
            return finding;
        });
        await this._rowAsync("signalling", async () => {
            if (server === null) {
                return skipped("Needs a server that answers.");
            }
            const { iceServers } = await enterAsync(server, options, (this._audio ??= new ProbeContext()), signal);
            this._iceServers ??= iceServers;
            return { text: "A room and its voice can be entered: requests and WebSockets pass." };
        });
        const serversNow = (): ReturnType<typeof serversOf> | null => this._iceServers && serversOf(this._iceServers);
        const unknown = "Without a grant, no such server is known.";
        await this._rowAsync("stun", async () => {
            const servers = serversNow();
            return servers ? checkStunAsync(servers.stun, signal) : skipped(unknown);
        });
        const turn = await this._rowAsync("turn", async () => {
            const servers = serversNow();
            return servers ? checkTurnAsync(servers.turn, options.relayOnly === true ? "needed" : "optional", signal) : skipped(unknown);
        });
        await this._rowAsync("call", async () => {
            const relays = turn === "passed" ? [...(serversNow()?.turn ?? [])] : [];
            return checkCallAsync(relays, this._audio, this._microphone?.track ?? null, signal);
        });
    }

    /** Runs one check and reports its row. Rejects only if the caller cancels. */
    private async _rowAsync(id: RtcCheckId, check: () => Finding | Promise<Finding>): Promise<IRtcCheckRow["state"]> {
        throwIfAborted(this._signal);
        let row: IRtcCheckRow;
        try {
            const finding = this._options.skip?.includes(id) === true ? skipped("It was left out.") : await check();
            row = { id, state: "passed", ...finding };
        } catch (thrown) {
            throwIfAborted(this._signal);
            const error = RtcError.From(thrown, "unknown", "This check failed unexpectedly. See `error.cause`.");
            row = { id, state: "failed", text: error.message, error };
        }
        this._rows.push(row);
        try {
            this._options.onRow?.(row);
        } catch (error) {
            // An error in the app's callback is reported as an uncaught error of the page; the checks continue.
            queueMicrotask(() => {
                throw error;
            });
        }
        return row.state;
    }
}

/** {@inheritDoc RtcPlugin.checkAsync} */
export async function selfCheckAsync(
    options: IRtcCheckOptions,
    signal: AbortSignal = new AbortController().signal,
): Promise<readonly IRtcCheckRow[]> {
    requireOptions(options);
    checkOptions({ ...options, signal }, `${rules} signal.addEventListener`);
    return await new SelfCheck(options, signal).runAsync();
}
