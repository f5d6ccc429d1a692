/** Three people, and the pitch of each one's voice in Hz. */
export const pitches = { Alice: 440, Bob: 650, Carol: 930 } as const;
export type Name = keyof typeof pitches;
export const names = Object.keys(pitches) as Name[];

/** Every ordered pair: who listens to whom. */
export const pairs: readonly (readonly [listener: Name, speaker: Name])[] = names.flatMap((listener) =>
    names.filter((name) => name !== listener).map((speaker) => [listener, speaker] as const),
);

/** What a listener has switched on for a speaker. */
export interface ISwitches {
    readonly silence: boolean;
    readonly pause: boolean;
    readonly block: boolean;
}

/** What a listener sees of a speaker. */
export interface ISeen {
    readonly muted: boolean;
    readonly silenced: boolean;
    readonly subscribed: boolean;
    readonly blocked: boolean;
}

/** Which bit of a round's number mutes whom. */
const muteBits: Readonly<Record<Name, number>> = { Alice: 0, Bob: 1, Carol: 2 };

/** Which bits of a round's number are a listener's switches for each of the other two. With the speaker's mute, each pair uses all four bits. */
const switchBits: Readonly<Record<Name, Partial<Record<Name, readonly [silence: number, pause: number, block: number]>>>> = {
    Alice: { Bob: [2, 3, 0], Carol: [3, 0, 1] },
    Bob: { Alice: [1, 2, 3], Carol: [0, 1, 3] },
    Carol: { Alice: [2, 3, 1], Bob: [3, 0, 2] },
};

const bit = (round: number, index: number): boolean => ((round >> index) & 1) === 1;

/**
 * Sixteen rounds, in which each pair has each combination of mute, silence, pause and block once, and the first one again: nothing stands between
 * anybody. A pair hears each other in no other, so after those come the four rounds in which each pair has one of the four, each undone by itself.
 */
export const rounds: readonly number[] = [
    ...Array.from({ length: 16 }, (_, round) => round),
    0,
    ...[1, 2, 4, 8].flatMap((round) => [round, 0]),
];

/** The rounds that are tried in pages. The first two have each of the four alone between some pair, the third two at a time; the last has none. */
export const pageRounds: readonly number[] = [1, 2, 12, 0];

/** Whether somebody has muted themselves. */
export const isMuted = (round: number, who: Name): boolean => bit(round, muteBits[who]);

/** What a listener switches on for a speaker. */
export function switchesOf(round: number, listener: Name, speaker: Name): ISwitches {
    const [silence = 0, pause = 0, block = 0] = switchBits[listener][speaker] ?? [];
    return { silence: bit(round, silence), pause: bit(round, pause), block: bit(round, block) };
}

/** What a listener shall see of a speaker. A block is seen by both, whoever of them wants it. */
export function seenIn(round: number, listener: Name, speaker: Name): ISeen {
    const { silence, pause, block } = switchesOf(round, listener, speaker);
    const blocked = block || switchesOf(round, speaker, listener).block;
    return { muted: isMuted(round, speaker), silenced: silence, subscribed: !pause, blocked };
}

/** Whether a listener shall hear a speaker. */
export function isHeardIn(round: number, listener: Name, speaker: Name): boolean {
    const { muted, silenced, subscribed, blocked } = seenIn(round, listener, speaker);
    return !muted && !silenced && subscribed && !blocked;
}
