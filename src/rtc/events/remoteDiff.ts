import type { IRoomMember } from "../../room/room.js";
import type { IRemoteVoice, MutedState, VoiceDepartureReason } from "../../transport/voiceTransport.js";
import type { RtcEvent, UnpublishedReason } from "./rtcEvents.js";

/** The remote members of the RTC room, by id. */
export type Remotes = ReadonlyMap<string, IRemoteVoice>;

/** State of a member's voice: `there` = available; otherwise, why it is not available. */
type VoiceState = "there" | UnpublishedReason;

/** Earlier state of a stay, for comparison. */
export interface IRemoteHistory {
    /** Previous remote members. */
    readonly remotes: Remotes;
    /** Previous states of their voices. */
    readonly voices: ReadonlyMap<string, VoiceState>;
    /** Ids of present members whose voice has been published at least once. */
    readonly known: ReadonlySet<string>;
    /** Ids of present members who have had an audio path at least once. */
    readonly linked: ReadonlySet<string>;
}

/** Further inputs of the comparison. */
export interface IRemoteContext {
    /** Time since the local member entered the RTC room, in milliseconds. */
    readonly elapsedMs: number;
    /** True once the list has been stable for a while: a missing audio path then counts as broken. */
    readonly settled: boolean;
    /** True if the local member may hear others. Otherwise there are no audio paths, and none counts as broken. */
    readonly hearing: boolean;
    /** Known reasons of members who left, by id. */
    readonly departures: ReadonlyMap<string, VoiceDepartureReason>;
    /** Gives the room's entry for a member. */
    readonly memberOf: (remote: IRemoteVoice) => IRoomMember;
}

/** History without any members. */
export const noHistory: IRemoteHistory = { remotes: new Map(), voices: new Map(), known: new Set(), linked: new Set() };

/**
 * Compares two states of the RTC room's member list. Pure.
 * @param before - history so far
 * @param remotes - present remote members
 * @param context - further inputs
 * @returns the events, and the new history
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
 * Compares two mute states.
 * @param id - the member's id
 * @param was - previous mute state
 * @param is - present mute state
 * @returns the event, or none if nothing changed
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
 * @param remotes - present remote members
 * @returns true if an audio path is missing and may be broken, so that the caller should compare again later
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

/** True if an audio path is expected but missing. */
function wantsPath({ mayPublish, publishing, muted, blocked, track }: IRemoteVoice): boolean {
    return mayPublish && publishing && muted !== "moderator" && !blocked && track === null;
}

function voiceChanges(id: string, was: VoiceState | undefined, is: VoiceState, known: boolean): readonly RtcEvent[] {
    if (is === "there") {
        return was === "there" ? [] : [{ type: "published", id, reason: known ? "republished" : "published" }];
    }
    return was === "there" ? [{ type: "unpublished", id, reason: is }] : [];
}
