import type { IRoomMember, ISelf, IVoice, IVoiceStatistics, LinkQuality, RoomStatus } from "../../index.js";
import { voiceSignOf } from "../texts/voiceStateTexts.js";
import type { VoiceSign } from "../texts/voiceStateTexts.js";

/** One row of the roster. */
export interface IMemberView {
    readonly id: string;
    readonly name: string;
    /** The member's colour, as `#rrggbb`. */
    readonly color: string;
    readonly isSelf: boolean;
    readonly sign: VoiceSign;
    /** True if the member is muted, even if `sign` shows another state. For the local member also true while the microphone is not open. */
    readonly muted: boolean;
    /** True if the local member has silenced this one, even if `sign` shows another state. */
    readonly silenced: boolean;
    /** Volume of the member, 0 to 4; null = no voice (the local member, or a voice that has not arrived yet). */
    readonly volume: number | null;
    readonly quality: LinkQuality;
    /** True if the local member may mute and remove this one. */
    readonly mayModerate: boolean;
}

/** Snapshot of the members. */
export interface IRosterSnapshot {
    readonly status: RoomStatus;
    readonly members: ReadonlyMap<string, IRoomMember>;
    readonly voices: ReadonlyMap<string, Pick<IVoice, "muted" | "silenced" | "volume"> & Partial<Pick<IVoice, "link">>>;
    readonly speaking: ReadonlySet<string>;
    readonly self: Pick<ISelf, "muted">;
    /** True while the microphone counts as open, see `isOpen$`. Default: true. */
    readonly isOpen?: boolean;
    /** null = not available (yet). */
    readonly statistics: Pick<IVoiceStatistics, "links"> | null;
    /** True if the local member may moderate: as the owner of the room, or by rules of the app. */
    readonly mayModerate: boolean;
}

/** Rows of the roster. Pure. */
export function rosterView(snapshot: IRosterSnapshot): readonly IMemberView[] {
    const { status, members, voices, speaking, self, statistics, mayModerate, isOpen = true } = snapshot;
    const isAway = status.state === "inRoom" && status.reconnecting === true;
    const selfId = status.state === "inRoom" ? status.self.id : null;
    return [...members.values()].map((member) => {
        const { id, name } = member;
        const isSelf = id === selfId;
        const voice = voices.get(id);
        const heard = isSelf ? { muted: self.muted !== "no" || !isOpen, silenced: false } : voice;
        return {
            id,
            name,
            color: colorOf(member),
            isSelf,
            sign: voiceSignOf(heard, speaking.has(id), isSelf ? isAway : member.reconnecting),
            muted: heard?.muted ?? false,
            silenced: voice?.silenced ?? false,
            volume: isSelf ? null : (voice?.volume ?? null),
            quality: statistics?.links.get(id)?.quality ?? "unknown",
            mayModerate: mayModerate && !isSelf,
        };
    });
}

/** Colour of a member: the attribute `color`, if it is `#rrggbb`; otherwise a colour that depends on the id alone. Pure. */
export function colorOf({ id, attributes }: IRoomMember): string {
    const { color } = attributes;
    if (typeof color === "string" && /^#[0-9a-f]{6}$/i.test(color)) {
        return color;
    }
    let hash = 0;
    for (const letter of id) {
        hash = (31 * hash + (letter.codePointAt(0) ?? 0)) | 0;
    }
    return paints[Math.abs(hash) % paints.length] ?? "#888888";
}

/** Colours that people with colour blindness can distinguish: the palette of Okabe and Ito (2008), with a grey instead of black. */
const paints = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#9aa5b1"] as const;
