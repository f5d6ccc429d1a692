import type { RtcError } from "../errors/rtcError.js";
import type { IRtcUser } from "../room/serverIdentity.js";
import type { GrantSource } from "../rtc/connection/grantSource.js";

/**
 * Checks of `checkAsync`, in this order.
 *
 * - `secureContext`: the page is one that browsers give a microphone.
 * - `autoplay`: the browser lets the page play sound now, or wants a click first.
 * - `microphone`: it can be opened, and gives sound.
 * - `output`: there is something that plays the others.
 * - `server`: a babylon-rtc-server answers at the address.
 * - `signalling`: a room and its voice can be entered, with the sockets that they take.
 * - `stun`: each STUN server answers.
 * - `turn`: each TURN server takes the credentials, and relays.
 * - `call`: a call within the page, through the TURN server if there is one: delay and loss.
 */
export type RtcCheckId = "secureContext" | "autoplay" | "microphone" | "output" | "server" | "signalling" | "stun" | "turn" | "call";

/** Outcome of one check. */
export interface IRtcCheckRow {
    readonly id: RtcCheckId;
    /** `skipped`: not asked for, or it takes something that there is not. */
    readonly state: "passed" | "failed" | "skipped";
    /** Finding, in a sentence; for a fault, with advice. */
    readonly text: string;
    /** Error, with its cause. Absent unless the check failed. */
    readonly error?: RtcError;
    /** From one end to the other, the wait of the receive buffer included, in milliseconds. Of `call` alone. */
    readonly delayMs?: number;
    /** Packets that did not come, in percent. Of `call` alone. */
    readonly lossPercent?: number;
}

/** Options of `checkAsync`; those of `AddToSceneAsync` mean the same here. */
export interface IRtcCheckOptions {
    /** Address of a babylon-rtc-server. Default: none, and what needs it is skipped. */
    readonly server?: string;
    /** User who enters a room for the check. Default: a guest. */
    readonly user?: IRtcUser;
    /** Source of grants. Default: our server. */
    readonly token?: GrantSource;
    /** The app's own rooms: no room of our server is entered then, only the voice of one. Default: our server's. */
    readonly rooms?: object;
    /** STUN and TURN servers. Default: the grant's. */
    readonly iceServers?: RTCIceServer[];
    /** True = voices go through a TURN server alone, which must be there then. Default: false. */
    readonly relayOnly?: boolean;
    /** Constraints of the microphone, or a stream of the app's own. Default: the system's microphone. */
    readonly microphone?: MediaTrackConstraints | MediaStream;
    /**
     * Name of the room that is entered for the check; of the app's own rooms the id. Whoever signs in by `user.token` and is in that room in another page
     * is put out there (`duplicateIdentity`). Default: a private room of a random name.
     */
    readonly room?: string;
    /** Checks to leave out, as `["microphone"]` where nobody shall be asked for it yet. Default: none. */
    readonly skip?: readonly RtcCheckId[];
    /** Hears of each row as soon as it is known. Default: none. */
    readonly onRow?: (row: IRtcCheckRow) => void;
}

/** Result of a check; a check that fails throws. */
export type Finding = Omit<IRtcCheckRow, "id" | "state" | "error"> & { readonly state?: "passed" | "skipped" };

/** @returns a finding of a check that cannot be made */
export function skipped(text: string): Finding {
    return { state: "skipped", text };
}
