/** Three people, and the pitch of each voice in Hz. */
export const pitches = { Alice: 440, Bob: 650, Carol: 930 } as const;
export type Name = keyof typeof pitches;
export const names = Object.keys(pitches) as Name[];

/** All ordered pairs of listener and speaker. */
export const pairs: readonly (readonly [listener: Name, speaker: Name])[] = names.flatMap((listener) =>
    names.filter((name) => name !== listener).map((speaker) => [listener, speaker] as const),
);

/** Switches that a listener has set for a speaker. */
export interface ISwitches {
    readonly silence: boolean;
    readonly pause: boolean;
    readonly block: boolean;
}

/** State of a speaker as seen by a listener. */
export interface ISeen {
    readonly muted: boolean;
    readonly silenced: boolean;
    readonly subscribed: boolean;
    readonly blocked: boolean;
}

/** Index of the bit in a round's number that mutes each person. */
const muteBits: Readonly<Record<Name, number>> = { Alice: 0, Bob: 1, Carol: 2 };

/**
 * Indexes of the bits in a round's number that set a listener's switches for the two others. Together with the bit of the speaker's mute, each pair
 * uses all four bits.
 */
const switchBits: Readonly<Record<Name, Partial<Record<Name, readonly [silence: number, pause: number, block: number]>>>> = {
    Alice: { Bob: [2, 3, 0], Carol: [3, 0, 1] },
    Bob: { Alice: [1, 2, 3], Carol: [0, 1, 3] },
    Carol: { Alice: [2, 3, 1], Bob: [3, 0, 2] },
};

const bit = (round: number, index: number): boolean => ((round >> index) & 1) === 1;

/**
 * Numbers of the rounds, in order. In the first sixteen, each pair has each combination of mute, silence, pause and block once. Round 0, without any
 * of them, follows. Among the first sixteen, a listener hears a speaker in round 0 only. To test that each of the four can be undone, there are four
 * more rounds in which each pair has exactly one of them, each followed by round 0.
 */
export const rounds: readonly number[] = [
    ...Array.from({ length: 16 }, (_, round) => round),
    0,
    ...[1, 2, 4, 8].flatMap((round) => [round, 0]),
];

/**
 * The rounds that are tested in pages. In the first two, mute, silence, pause and block each occur alone for some pair; in the third, each pair has
 * two of them; in the last, none.
 */
export const pageRounds: readonly number[] = [1, 2, 12, 0];

/** True if a person has muted themselves. */
export const isMuted = (round: number, who: Name): boolean => bit(round, muteBits[who]);

/** Switches that a listener sets for a speaker. */
export function switchesOf(round: number, listener: Name, speaker: Name): ISwitches {
    const [silence = 0, pause = 0, block = 0] = switchBits[listener][speaker] ?? [];
    return { silence: bit(round, silence), pause: bit(round, pause), block: bit(round, block) };
}

/** Expected state of a speaker as seen by a listener. Both see a block, whichever of them set it. */
export function seenIn(round: number, listener: Name, speaker: Name): ISeen {
    const { silence, pause, block } = switchesOf(round, listener, speaker);
    const blocked = block || switchesOf(round, speaker, listener).block;
    return { muted: isMuted(round, speaker), silenced: silence, subscribed: !pause, blocked };
}

/** True if a listener is expected to hear a speaker. */
export function isHeardIn(round: number, listener: Name, speaker: Name): boolean {
    const { muted, silenced, subscribed, blocked } = seenIn(round, listener, speaker);
    return !muted && !silenced && subscribed && !blocked;
}
