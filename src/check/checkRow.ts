import type { RtcError } from "../errors/rtcError.js";
import type { IRtcUser } from "../room/serverIdentity.js";
import type { GrantSource } from "../rtc/connection/grantSource.js";

/**
 * Checks of `checkAsync`, in this order.
 *
 * - `secureContext`: the page is secure (https or localhost). On other pages browsers block the microphone.
 * - `autoplay`: the browser lets the page play sound now, without a further click.
 * - `microphone`: the microphone can be opened, and gives sound.
 * - `output`: an output device plays sound.
 * - `server`: a babylon-rtc-server answers at the address.
 * - `signalling`: a room and its RTC room can be entered, and their sockets can be opened.
 * - `stun`: each STUN server answers.
 * - `turn`: each TURN server accepts the credentials and provides a relay.
 * - `call`: delay and packet loss of a call within the page; through the TURN servers if `turn` has passed.
 */
export type RtcCheckId = "secureContext" | "autoplay" | "microphone" | "output" | "server" | "signalling" | "stun" | "turn" | "call";

/** Outcome of one check. */
export interface IRtcCheckRow {
    readonly id: RtcCheckId;
    /** `skipped`: left out by the options, or something that the check needs is missing. */
    readonly state: "passed" | "failed" | "skipped";
    /** Finding, in a sentence; with advice if the check failed. */
    readonly text: string;
    /** Error, with its cause. Absent unless the check failed. */
    readonly error?: RtcError;
    /** One-way delay, including the delay of the jitter buffer, in milliseconds. Only if `call` has passed. */
    readonly delayMs?: number;
    /** Packet loss, in percent. Only if `call` has passed. */
    readonly lossPercent?: number;
}

/** Options of `checkAsync`. Those that also exist in `AddToSceneAsync` have the same meaning there. */
export interface IRtcCheckOptions {
    /** Address of a babylon-rtc-server. Default: none, and checks that need a server are skipped. */
    readonly server?: string;
    /** User who enters a room for the check. Default: a guest. */
    readonly user?: IRtcUser;
    /** Source of grants. Default: our server. */
    readonly token?: GrantSource;
    /** The app's own room source. With it, the check enters only an RTC room, and no room of our server. Default: our server's rooms. */
    readonly rooms?: object;
    /** STUN and TURN servers. Default: the servers of the grant. */
    readonly iceServers?: RTCIceServer[];
    /** True = voices use only TURN servers, so at least one is required. Default: false. */
    readonly relayOnly?: boolean;
    /** Constraints of the microphone, or a stream of the app. Default: the system's microphone. */
    readonly microphone?: MediaTrackConstraints | MediaStream;
    /**
     * Room that is entered for the check: its name, or its id if the app has its own rooms. If a user who signs in with `user.token` is in that
     * room in another page, that page loses its place (`duplicateIdentity`). Default: a private room with a random name; with the app's own rooms,
     * a random id.
     */
    readonly room?: string;
    /** Checks to leave out, for example `["microphone"]` to avoid the browser's permission prompt. Default: none. */
    readonly skip?: readonly RtcCheckId[];
    /** Callback for each row, called as soon as its check is done. Default: none. */
    readonly onRow?: (row: IRtcCheckRow) => void;
}

/** Result of a check that has not failed; a check that fails throws. */
export type Finding = Omit<IRtcCheckRow, "id" | "state" | "error"> & { readonly state?: "passed" | "skipped" };

/** @returns a finding with the state `skipped` */
export function skipped(text: string): Finding {
    return { state: "skipped", text };
}
