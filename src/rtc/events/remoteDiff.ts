import type { IRoomMember } from "../../room/room.js";
import type { IRemoteVoice, MutedState, VoiceDepartureReason } from "../../transport/voiceTransport.js";
import type { RtcEvent, UnpublishedReason } from "./rtcEvents.js";

/** Everybody else in the RTC room. */
export type Remotes = ReadonlyMap<string, IRemoteVoice>;

/** State of a member's voice. */
type VoiceState = "there" | UnpublishedReason;

/** Memory of a stay while its events are told. */
export interface IRemoteHistory {
    /** Members before. */
    readonly remotes: Remotes;
    /** States of their voices before. */
    readonly voices: ReadonlyMap<string, VoiceState>;
    /** Whose voices were there once. */
    readonly known: ReadonlySet<string>;
    /** Whose audio path stood once. */
    readonly linked: ReadonlySet<string>;
}

/** Facts beside the list. */
export interface IRemoteContext {
    /** Since we came, in milliseconds. */
    readonly elapsedMs: number;
    /** True once the list has been stable for a while, so that a missing path is broken. */
    readonly settled: boolean;
    /** True if we may hear; otherwise there are no paths, and nothing is broken. */
    readonly hearing: boolean;
    /** Why those who left did, as far as it is known. */
    readonly departures: ReadonlyMap<string, VoiceDepartureReason>;
    /** The room's own word for a member. */
    readonly memberOf: (remote: IRemoteVoice) => IRoomMember;
}

/** Nobody was there. */
export const noHistory: IRemoteHistory = { remotes: new Map(), voices: new Map(), known: new Set(), linked: new Set() };

/**
 * Events between two states of the RTC room's list. Pure.
 * @param before - what was
 * @param remotes - who is there now
 * @param context - what is known beside
 * @returns the events, and what to remember
 */
export function remoteDiff(before: IRemoteHistory, remotes: Remotes, context: IRemoteContext): [readonly RtcEvent[], IRemoteHistory] {
    const events: RtcEvent[] = [];
    const voices = new Map<string, VoiceState>();
    const known = new Set<string>();
    const linked = new Set<string>();
    for (const id of before.remotes.keys()) {
        if (!remotes.has(id)) {
            const reason = context.departures.get(id) ?? "quit";
            if (before.voices.get(id) === "there") {
                events.push({ type: "unpublished", id, reason: reason === "dropped" ? "disconnected" : "left" });
            }
            events.push({ type: "memberLeft", id, reason });
        }
    }
    for (const [id, is] of remotes) {
        const was = before.remotes.get(id);
        if (!was) {
            events.push({ type: "memberJoined", member: context.memberOf(is), elapsedMs: context.elapsedMs });
        }
        if (is.track || before.linked.has(id)) {
            linked.add(id);
        }
        const voice = voiceOf(is, before.voices.get(id), linked.has(id), context);
        voices.set(id, voice);
        events.push(...voiceChanges(id, before.voices.get(id), voice, before.known.has(id)));
        if (voice === "there" || before.known.has(id)) {
            known.add(id);
        }
        events.push(...muteChanges(id, was?.muted ?? "no", is.muted));
        if ((was?.capturing ?? false) !== is.capturing) {
            events.push({ type: is.capturing ? "captureStarted" : "captureStopped", id });
        }
    }
    return [events, { remotes, voices, known, linked }];
}

/**
 * @param id - whose
 * @param was - how it was
 * @param is - how it is
 * @returns what to tell of it
 */
export function muteChanges(id: string, was: MutedState, is: MutedState): readonly RtcEvent[] {
    if (was === is) {
        return [];
    }
    if (is !== "no") {
        return [{ type: "muted", id, by: is }];
    }
    return was === "no" ? [] : [{ type: "unmuted", id, by: was }];
}

/**
 * @param remotes - who is there
 * @returns whether somebody's path may be broken, so that it is worth looking again in a while
 */
export function hasMissingPath(remotes: Remotes): boolean {
    return [...remotes.values()].some(wantsPath);
}

function voiceOf(is: IRemoteVoice, was: VoiceState | undefined, linked: boolean, { settled, hearing }: IRemoteContext): VoiceState {
    if (!is.mayPublish || !is.publishing) {
        return is.mayPublish ? "unpublished" : "notAllowed";
    }
    if (is.track) {
        return "there";
    }
    const broken = settled && hearing && linked && wantsPath(is);
    return broken || was === "failed" ? "failed" : "there";
}

/** A path that we do not want is not missing. */
function wantsPath({ mayPublish, publishing, muted, blocked, track }: IRemoteVoice): boolean {
    return mayPublish && publishing && muted !== "moderator" && !blocked && track === null;
}

function voiceChanges(id: string, was: VoiceState | undefined, is: VoiceState, known: boolean): readonly RtcEvent[] {
    if (is === "there") {
        return was === "there" ? [] : [{ type: "published", id, reason: known ? "republished" : "published" }];
    }
    return was === "there" ? [{ type: "unpublished", id, reason: is }] : [];
}
