import { areIceServers, iceServersWanted } from "../../protocol/iceServers.js";
import type { ProbeContext } from "../audio/probeContext.js";
import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { waitAsync } from "../interop/abortable.js";
import { linkStatistics } from "../rtc/statistics/statistics.js";
import { linkFactsOf } from "../transport/mesh/linkStatistics.js";
import { skipped } from "./checkRow.js";
import type { Finding } from "./checkRow.js";

/** Timeout for a STUN or TURN server, in milliseconds. Chromium itself gives up after 9.5 s. */
const gatherTimeoutMs = 12_000;
/** Timeout for connecting the call, in milliseconds. */
const pathTimeoutMs = 15_000;
/** Duration of the measurement of the call, in milliseconds. */
const measureMs = 2_000;
/** Poll interval, in milliseconds. */
const lookMs = 50;
/** Amplitude of the tone in the call, 0 to 1. */
const toneLevel = 0.1;
/** Error code of a TURN server that rejects the credentials (RFC 8489, section 14.8). */
const unauthorized = 401;
/** Placeholder for the error code when the browser has reported none. */
const noAnswer = 0;

/** One address of a STUN or TURN server, with its credentials. */
type OneServer = RTCIceServer & { readonly urls: string };

/**
 * Splits a list of ICE servers into STUN and TURN servers with one URL each.
 * @param iceServers - the servers of the app or of the grant
 * @returns the servers; throws `invalidArgument` for servers that browsers reject
 */
export function serversOf(iceServers: RTCIceServer[]): { readonly stun: readonly OneServer[]; readonly turn: readonly OneServer[] } {
    if (!areIceServers(iceServers)) {
        throw new RtcError("invalidArgument", `The option iceServers must be ${iceServersWanted}.`);
    }
    const all = iceServers.flatMap(({ urls, ...more }) => [urls].flat().map((url): OneServer => ({ ...more, urls: url })));
    return {
        stun: all.filter(({ urls }) => /^stuns?:/i.test(urls)),
        turn: all.filter(({ urls }) => /^turns?:/i.test(urls)),
    };
}

/**
 * Requests a server-reflexive candidate from each STUN server.
 * @param stun - the servers
 * @param signal - cancels
 * @returns the finding if all servers answer; rejects with `serverUnreachable`, naming the servers that do not answer
 */
export async function checkStunAsync(stun: readonly OneServer[], signal: AbortSignal): Promise<Finding> {
    if (stun.length === 0) {
        return skipped(
            "There is no STUN server. Most members on the internet need one to connect. Set it in the server's iceServers, or as stun: in turn.urls.",
        );
    }
    const silent = await failuresAsync(stun, async (server) => {
        const { types, errorCode, isComplete } = await gatherAsync({ iceServers: [server] }, "srflx", signal);
        // A host with a public address gets no `srflx` candidate. The server has answered all the same if gathering ended without an error.
        const isSilent = errorCode !== null || !isComplete || !("onicecandidateerror" in RTCPeerConnection.prototype);
        return !types.has("srflx") && isSilent ? (errorCode ?? noAnswer) : null;
    });
    if (silent.length > 0) {
        throw new RtcError(
            "serverUnreachable",
            `No answer from ${namesOf(silent)}. Check its address, that it runs, and that the network allows UDP.`,
        );
    }
    return { text: `${namesOf(stun.map((server) => ({ server })))} answers.` };
}

/**
 * Requests a relay candidate from each TURN server.
 * @param turn - the servers
 * @param relayOnly - `needed` = the check fails without a TURN server
 * @param signal - cancels
 * @returns the finding if all servers relay; rejects with `unauthorized` if a server rejects the credentials, `serverUnreachable` if one gives
 * no relay, or `invalidArgument` if a TURN server is needed and there is none
 */
export async function checkTurnAsync(turn: readonly OneServer[], relayOnly: "needed" | "optional", signal: AbortSignal): Promise<Finding> {
    if (turn.length === 0) {
        if (relayOnly === "needed") {
            throw new RtcError(
                "invalidArgument",
                "The option relayOnly needs a TURN server, and there is none. Set the server's option turn.",
            );
        }
        return skipped("There is no TURN server. Members behind strict firewalls are not heard without one. Set the server's option turn.");
    }
    const failed = await failuresAsync(turn, async (server) => {
        const config: RTCConfiguration = { iceServers: [server], iceTransportPolicy: "relay" };
        const { types, errorCode } = await gatherAsync(config, "relay", signal);
        return types.has("relay") ? null : (errorCode ?? noAnswer);
    });
    const refused = failed.filter(({ failure }) => failure === unauthorized);
    if (refused.length > 0) {
        throw new RtcError(
            "unauthorized",
            `${namesOf(refused)} rejects the credentials. Check that the server's turn.secret is its static-auth-secret, and that both clocks agree.`,
        );
    }
    if (failed.length > 0) {
        throw new RtcError(
            "serverUnreachable",
            `No relay from ${namesOf(failed)}. Check its address, that it runs, and that firewalls allow its ports.`,
        );
    }
    return { text: `${namesOf(turn.map((server) => ({ server })))} relays.` };
}

/**
 * Makes a call within the page, and measures what arrives.
 * @param iceServers - TURN servers that the call uses; empty = a direct call
 * @param audio - provides a tone to send, if its context runs
 * @param microphone - sent if the context does not run; null = there is no microphone
 * @param signal - cancels
 * @returns delay and loss; rejects with `linkFailed` if there is no path, if no packets arrive, or if the quality is bad or poor
 */
export async function checkCallAsync(
    iceServers: RTCIceServer[],
    audio: ProbeContext | null,
    microphone: MediaStreamTrack | null,
    signal: AbortSignal,
): Promise<Finding> {
    const track = audio?.isRunning === true ? audio.createTrack(toneLevel) : microphone;
    if (!track) {
        return skipped("There is neither sound nor a microphone to send. Start the check from a click.");
    }
    const isRelayed = iceServers.length > 0;
    const config: RTCConfiguration = { iceServers, iceTransportPolicy: isRelayed ? "relay" : "all" };
    const caller = connectionWith(config);
    let callee: RTCPeerConnection;
    try {
        callee = connectionWith(config);
    } catch (error) {
        caller.close();
        throw error;
    }
    try {
        await connectAsync(caller, callee, track);
        const end = performance.now() + pathTimeoutMs;
        while (caller.connectionState !== "connected" || callee.connectionState !== "connected") {
            if (performance.now() > end || caller.connectionState === "failed" || callee.connectionState === "failed") {
                throw new RtcError(
                    "linkFailed",
                    isRelayed
                        ? "A call through the TURN server finds no path. Open its relay ports in the firewall, and allow its own address (allowed-peer-ip)."
                        : "A call within this page finds no path. Check whether an extension or browser policy disables WebRTC.",
                );
            }
            await waitAsync(lookMs, signal);
        }
        const before = linkFactsOf(await callee.getStats());
        await waitAsync(measureMs, signal);
        const { roundTripMs, bufferMs, lossPercent, quality } = linkStatistics(before, linkFactsOf(await callee.getStats()));
        if (lossPercent === null || lossPercent === 100) {
            throw new RtcError("linkFailed", "A call connects, but no sound arrives. Check whether a firewall or VPN drops UDP.");
        }
        const delayMs = Math.round((roundTripMs ?? 0) / 2 + (bufferMs ?? 0));
        const figures = { delayMs, lossPercent: Math.round(lossPercent * 10) / 10 };
        const way = isRelayed ? "A call through the TURN server" : "A call within this page";
        const measured = `${way} takes ${figures.delayMs} ms one way and loses ${figures.lossPercent} % of its packets`;
        if (quality === "bad" || quality === "poor") {
            throw new RtcError(
                "linkFailed",
                `${measured}, so voices have gaps or delays. ${isRelayed ? "Use a cable, or go nearer to the access point." : "Close other tabs and programs: this machine is busy."}`,
            );
        }
        return { text: `${measured}.`, ...figures };
    } finally {
        caller.close();
        callee.close();
        if (track !== microphone) {
            track.stop();
        }
    }
}

function connectionWith(config: RTCConfiguration): RTCPeerConnection {
    if (typeof RTCPeerConnection === "undefined") {
        throw new RtcError(
            "unsupported",
            "This browser has no WebRTC, which voices need. Use a current browser, or look for a policy that disables it.",
        );
    }
    return new RTCPeerConnection(config);
}

async function connectAsync(caller: RTCPeerConnection, callee: RTCPeerConnection, track: MediaStreamTrack): Promise<void> {
    const give = (to: RTCPeerConnection) => (event: RTCPeerConnectionIceEvent) => {
        // Both connections are closed when the check is done; a candidate that arrives later is rejected, and can be ignored.
        to.addIceCandidate(event.candidate ?? undefined).catch(() => undefined);
    };
    const early: RTCPeerConnectionIceEvent[] = [];
    let toCallee = (event: RTCPeerConnectionIceEvent): void => void early.push(event);
    caller.onicecandidate = (event) => toCallee(event);
    callee.onicecandidate = give(caller);
    caller.addTrack(track);
    await caller.setLocalDescription();
    if (caller.localDescription) {
        await callee.setRemoteDescription(caller.localDescription);
    }
    toCallee = give(callee);
    early.forEach(toCallee);
    // The callee sends the same track back, so that both ends send and receive.
    callee.addTrack(track);
    await callee.setLocalDescription();
    if (callee.localDescription) {
        await caller.setRemoteDescription(callee.localDescription);
    }
}

/** Gathers candidates until one of the wanted type is found, gathering is complete, or the timeout is over. */
async function gatherAsync(
    config: RTCConfiguration,
    wanted: RTCIceCandidateType,
    signal: AbortSignal,
): Promise<{ readonly types: ReadonlySet<string>; readonly errorCode: number | null; readonly isComplete: boolean }> {
    throwIfAborted(signal);
    const connection = connectionWith(config);
    const types = new Set<string>();
    let errorCode: number | null = null;
    try {
        connection.onicecandidate = ({ candidate }) => candidate && types.add(candidate.type ?? "");
        // Some network interfaces may have no route to the server while others do. Rejected credentials take precedence over other errors.
        connection.onicecandidateerror = (event) => (errorCode = errorCode === unauthorized ? errorCode : event.errorCode);
        connection.addTransceiver("audio");
        await connection.setLocalDescription();
        const end = performance.now() + gatherTimeoutMs;
        while (!types.has(wanted) && connection.iceGatheringState !== "complete" && performance.now() < end) {
            await waitAsync(lookMs, signal);
        }
        return { types, errorCode, isComplete: connection.iceGatheringState === "complete" };
    } finally {
        connection.close();
    }
}

interface IFailure {
    readonly server: OneServer;
    readonly failure?: number | null;
}

/** Checks all servers in parallel, since each may take ten seconds to fail. Returns those that failed. */
async function failuresAsync(
    servers: readonly OneServer[],
    failureAsync: (server: OneServer) => Promise<number | null>,
): Promise<readonly IFailure[]> {
    const all = await Promise.all(servers.map(async (server) => ({ server, failure: await failureAsync(server) })));
    return all.filter(({ failure }) => failure !== null);
}

function namesOf(servers: readonly IFailure[]): string {
    return servers.map(({ server }) => server.urls).join(", ");
}
