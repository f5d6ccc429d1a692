import { filter, firstValueFrom, timeout } from "rxjs";
import type { Observable } from "rxjs";
import type { ConnectionState, IRemoteVoice, IVoiceGrant, IVoiceSession, IVoiceTransport } from "../../../src/transport/voiceTransport.js";

/** Privileges of a grant. Default: both. */
export interface IContractPrivileges {
    readonly publish?: boolean;
    readonly subscribe?: boolean;
}

/** An RTC room without members, and everything needed to test a transport in it. Runs in Node and in a browser page. */
export interface IContractRoom {
    readonly transport: IVoiceTransport;
    /** Timeout for an effect to appear, in milliseconds. */
    readonly patienceMs: number;
    /** Creates a new grant for this room (or the named one) and this user. The user's name is the id in capitals. */
    grantAsync(user: string, privileges?: IContractPrivileges, room?: string): Promise<IVoiceGrant>;
    /** Creates a live track with sound. */
    track(): MediaStreamTrack;
    /** Resolves when a remote track delivers this kind of signal; rejects if it does not. */
    arrivesAsync(track: MediaStreamTrack, what: "sound" | "silence"): Promise<void>;
    /** Releases what this room created. May reject if the members have left anything behind. */
    releaseAsync(): Promise<void>;
}

/** A requirement of every transport. `run` rejects if the transport does not meet it. */
export interface IContractCheck {
    readonly name: string;
    run(room: IContractRoom): Promise<void>;
}

type Remotes = ReadonlyMap<string, IRemoteVoice>;

function claim(condition: boolean, what: string): asserts condition {
    if (!condition) {
        throw new Error(`Not so: ${what}.`);
    }
}

/** Members that test a transport. All of them leave at the end. */
class People {
    public readonly room: IContractRoom;
    private readonly _sessions: IVoiceSession[] = [];

    constructor(room: IContractRoom) {
        this.room = room;
    }

    async joinAsync(user: string, privileges?: IContractPrivileges): Promise<IVoiceSession> {
        return this.enterAsync(await this.room.grantAsync(user, privileges));
    }

    async enterAsync(grant: IVoiceGrant, signal = new AbortController().signal): Promise<IVoiceSession> {
        const session = await this.room.transport.joinAsync(grant, signal);
        this._sessions.push(session);
        return session;
    }

    /** Waits until a stream emits a matching value. */
    untilAsync<T>(stream$: Observable<T>, isSo: (value: T) => boolean, what: string): Promise<T> {
        const late = { first: this.room.patienceMs, with: () => waitedFor(what) };
        return firstValueFrom(stream$.pipe(filter(isSo), timeout(late)));
    }

    /** Waits until the session lists exactly these other members, in this order. */
    async othersAsync(session: IVoiceSession, ...ids: string[]): Promise<Remotes> {
        const wanted = ids.join();
        return this.untilAsync(session.remotes$, (remotes) => [...remotes.keys()].join() === wanted, `the others are [${wanted}]`);
    }

    /** Waits for the track of a member. */
    async trackAsync(session: IVoiceSession, id: string): Promise<MediaStreamTrack> {
        const remotes = await this.untilAsync(session.remotes$, (all) => (all.get(id)?.track ?? null) !== null, `a track of ${id}`);
        const track = remotes.get(id)?.track ?? null;
        claim(track !== null, `there is a track of ${id}`);
        return track;
    }

    /** Waits for the code of the error with which a promise rejects. Returns `fulfilled` if it does not reject. */
    async codeAsync(promise: Promise<unknown>): Promise<string> {
        return promise.then(
            () => "fulfilled",
            (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : `no RtcError: ${String(error)}`),
        );
    }

    async leaveAsync(): Promise<void> {
        await Promise.all(this._sessions.map((session) => session.leaveAsync()));
    }
}

function waitedFor(what: string): Observable<never> {
    throw new Error(`Waited in vain until ${what}.`);
}

/** Records the values that a stream emits, and whether the stream has completed or failed. */
function record<T>(stream$: Observable<T>): { readonly values: T[]; ended: boolean; failed: boolean } {
    const all = { values: [] as T[], ended: false, failed: false };
    stream$.subscribe({
        next: (value) => all.values.push(value),
        error: () => (all.failed = true),
        complete: () => (all.ended = true),
    });
    return all;
}

const check = (name: string, tryAsync: (people: People) => Promise<void>): IContractCheck => ({
    name,
    run: async (room) => {
        const people = new People(room);
        try {
            await tryAsync(people);
        } finally {
            await people.leaveAsync();
            await room.releaseAsync();
        }
    },
});

/** The contract of `IVoiceTransport` and `IVoiceSession`. Each check needs a room of its own. */
export const voiceTransportContract: readonly IContractCheck[] = [
    check("a single member is connected, and the list of others is empty", async (people) => {
        const alice = await people.joinAsync("alice");
        claim(alice.selfId === "alice", "a session knows its own id, as the server gave it");
        claim((await firstValueFrom(alice.state$)) === "connected", "state$ replays connected");
        claim((await firstValueFrom(alice.remotes$)).size === 0, "remotes$ replays nobody");
        claim((await firstValueFrom(alice.muted$)) === "no", "muted$ replays that nobody is muted");
    }),

    check("two members see each other's id and name, and have a track from each other", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        const atAlice = (await people.othersAsync(alice, "bob")).get("bob");
        const atBob = (await people.othersAsync(bob, "alice")).get("alice");
        claim(atAlice?.id === "bob" && atAlice.name === "BOB", "alice knows bob by id and name");
        claim(atBob?.id === "alice" && atBob.name === "ALICE", "bob knows alice by id and name");
        claim(atAlice.mayPublish && atAlice.muted === "no", "bob may publish and is not muted");
        claim((await people.trackAsync(alice, "bob")).kind === "audio", "alice has an audio track from bob");
        claim((await people.trackAsync(bob, "alice")).kind === "audio", "bob has an audio track from alice");
    }),

    check("members are listed in join order, also for late subscribers", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        const carol = await people.joinAsync("carol");
        await people.othersAsync(alice, "bob", "carol");
        await people.othersAsync(bob, "alice", "carol");
        await people.othersAsync(carol, "alice", "bob");
        const late = await firstValueFrom(alice.remotes$);
        claim([...late.keys()].join() === "bob,carol", "remotes$ replays the present list at once");
    }),

    check("a published voice arrives, and stops when unpublished, on the same track", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        const track = await people.trackAsync(bob, "alice");
        await people.room.arrivesAsync(track, "silence");
        await alice.publishAsync(people.room.track());
        await people.room.arrivesAsync(track, "sound");
        await alice.publishAsync(null);
        await people.room.arrivesAsync(track, "silence");
        await alice.publishAsync(people.room.track());
        await people.room.arrivesAsync(track, "sound");
        claim((await people.trackAsync(bob, "alice")) === track, "the track stays the same object");
    }),

    check("a voice that was published before others joined is received by them", async (people) => {
        const alice = await people.joinAsync("alice");
        await alice.publishAsync(people.room.track());
        const bob = await people.joinAsync("bob");
        await bob.publishAsync(people.room.track());
        await people.room.arrivesAsync(await people.trackAsync(bob, "alice"), "sound");
        await people.room.arrivesAsync(await people.trackAsync(alice, "bob"), "sound");
    }),

    check("publishing does not change the caller's track", async (people) => {
        const alice = await people.joinAsync("alice");
        const mine = people.room.track();
        await alice.publishAsync(mine);
        await alice.publishAsync(null);
        await alice.leaveAsync();
        claim(mine.readyState === "live", "the track is still live");
    }),

    check("a member's own mute is visible to all members, including later ones", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        await people.othersAsync(bob, "alice");
        alice.setMuted(true);
        await people.untilAsync(alice.muted$, (muted) => muted === "self", "alice knows that she is muted");
        await people.untilAsync(bob.remotes$, (all) => all.get("alice")?.muted === "self", "bob sees alice muted");
        const carol = await people.joinAsync("carol");
        await people.untilAsync(carol.remotes$, (all) => all.get("alice")?.muted === "self", "carol sees alice muted");
        alice.setMuted(false);
        await people.untilAsync(alice.muted$, (muted) => muted === "no", "alice knows that she is heard again");
        await people.untilAsync(bob.remotes$, (all) => all.get("alice")?.muted === "no", "bob sees that alice is heard again");
        claim((await firstValueFrom(alice.remotes$)).get("bob")?.muted === "no", "bob was never muted");
    }),

    check("publish / unpublish own voice, capture start / stop: others get a notice, including later members", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        await alice.publishAsync(people.room.track());
        const seen = (all: Remotes): string => `${all.get("alice")?.publishing} ${all.get("alice")?.capturing}`;
        await people.room.arrivesAsync(await people.trackAsync(bob, "alice"), "sound");
        claim(seen(await firstValueFrom(bob.remotes$)) === "true true", "a newcomer is taken to publish and capture");
        alice.setState?.({ publishing: false, capturing: true });
        await people.untilAsync(bob.remotes$, (all) => seen(all) === "false true", "bob sees that alice does not publish");
        const carol = await people.joinAsync("carol");
        await people.untilAsync(carol.remotes$, (all) => seen(all) === "false true", "carol sees that alice does not publish");
        await people.room.arrivesAsync(await people.trackAsync(bob, "alice"), "silence");
        alice.setState?.({ publishing: true, capturing: false });
        await people.untilAsync(bob.remotes$, (all) => seen(all) === "true false", "bob sees that alice's microphone is off");
        await people.room.arrivesAsync(await people.trackAsync(bob, "alice"), "sound");
    }),

    check("a voice is not sent with interest off or warm, and is sent again with interest on", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        const carol = await people.joinAsync("carol");
        await alice.publishAsync(people.room.track());
        const atBob = await people.trackAsync(bob, "alice");
        const atCarol = await people.trackAsync(carol, "alice");
        await people.room.arrivesAsync(atBob, "sound");
        for (const interest of ["off", "warm"] as const) {
            bob.setInterest(new Map([["alice", interest]]));
            await people.room.arrivesAsync(atBob, "silence");
            await people.room.arrivesAsync(atCarol, "sound");
            bob.setInterest(new Map([["alice", "on"]]));
            await people.room.arrivesAsync(atBob, "sound");
        }
    }),

    check("interest in one member does not change the interest in another", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        const carol = await people.joinAsync("carol");
        await alice.publishAsync(people.room.track());
        await bob.publishAsync(people.room.track());
        const ofAlice = await people.trackAsync(carol, "alice");
        const ofBob = await people.trackAsync(carol, "bob");
        carol.setInterest(new Map([["alice", "off"]]));
        carol.setInterest(new Map([["bob", "on"]]));
        await people.room.arrivesAsync(ofBob, "sound");
        await people.room.arrivesAsync(ofAlice, "silence");
    }),

    check("a block is visible to both sides, ends their tracks, does not affect others, and can be undone", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        const carol = await people.joinAsync("carol");
        await Promise.all([alice, bob].map((session) => session.publishAsync(people.room.track())));
        const before = await people.trackAsync(bob, "alice");
        await people.room.arrivesAsync(before, "sound");
        const atCarol = await people.trackAsync(carol, "alice");
        await alice.blockAsync?.("bob", true);
        const isApart = (all: Remotes, id: string): boolean => all.get(id)?.blocked === true && all.get(id)?.track === null;
        await people.untilAsync(alice.remotes$, (all) => isApart(all, "bob"), "alice sees bob blocked, without a track");
        await people.untilAsync(bob.remotes$, (all) => isApart(all, "alice"), "bob sees alice blocked, without a track");
        claim((await firstValueFrom(carol.remotes$)).get("alice")?.blocked === false, "carol sees no block");
        await people.room.arrivesAsync(atCarol, "sound");
        await alice.blockAsync?.("bob", false);
        const atBob = await people.trackAsync(bob, "alice");
        claim(atBob !== before, "the track is a new one");
        await people.room.arrivesAsync(atBob, "sound");
        await people.room.arrivesAsync(await people.trackAsync(alice, "bob"), "sound");
        claim((await firstValueFrom(bob.remotes$)).get("alice")?.blocked === false, "bob sees that the block is taken back");
        claim((await people.trackAsync(carol, "alice")) === atCarol, "carol's track stays the same object");
    }),

    check("a member without publish is not heard, and a member without subscribe hears nobody", async (people) => {
        const alice = await people.joinAsync("alice");
        const listener = await people.joinAsync("listener", { publish: false });
        const speaker = await people.joinAsync("speaker", { subscribe: false });
        await Promise.all([alice, listener, speaker].map((session) => session.publishAsync(people.room.track())));
        await people.room.arrivesAsync(await people.trackAsync(alice, "speaker"), "sound");
        await people.room.arrivesAsync(await people.trackAsync(listener, "alice"), "sound");
        const atAlice = (await people.othersAsync(alice, "listener", "speaker")).get("listener");
        claim(atAlice?.mayPublish === false && atAlice.track === null, "who may not publish has no track");
        await people.room.arrivesAsync(await people.trackAsync(alice, "speaker"), "sound");
        claim((await people.othersAsync(speaker, "alice", "listener")).get("alice")?.track === null, "who may not subscribe gets no track");
    }),

    check("leaving completes the session's streams and empties its list, and others see it", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        await people.othersAsync(alice, "bob");
        const states = record(alice.state$);
        const remotes = record(alice.remotes$);
        const muted = record(alice.muted$);
        const errors = record(alice.error$);
        await alice.leaveAsync();
        claim(states.values.at(-1) === "disconnected" && states.ended, "state$ ends with disconnected");
        claim(remotes.values.at(-1)?.size === 0 && remotes.ended, "remotes$ ends with nobody");
        claim(muted.ended && errors.ended, "muted$ and error$ end");
        claim(errors.values.length === 0, "leaving is no error");
        claim(![states, remotes, muted, errors].some(({ failed }) => failed), "no stream errors");
        await people.othersAsync(bob);
    }),

    check("leaving twice, also at the same time, has no further effect", async (people) => {
        const alice = await people.joinAsync("alice");
        await Promise.all([alice.leaveAsync(), alice.leaveAsync()]);
        await alice.leaveAsync();
        const late = record<ConnectionState>(alice.state$);
        claim(late.ended && late.values.every((state) => state === "disconnected"), "a late subscriber hears no other state");
    }),

    check("calls on a session have no effect after leaving", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        await alice.leaveAsync();
        alice.setMuted(true);
        alice.setInterest(new Map([["bob", "off"]]));
        await alice.publishAsync(people.room.track());
        await people.othersAsync(bob);
    }),

    check("a member who joins again is a new entry at the end, with a new track", async (people) => {
        const alice = await people.joinAsync("alice");
        const first = await people.joinAsync("bob");
        const before = await people.trackAsync(alice, "bob");
        await people.joinAsync("carol");
        await first.leaveAsync();
        await people.othersAsync(alice, "carol");
        const second = await people.joinAsync("bob");
        await second.publishAsync(people.room.track());
        await people.othersAsync(alice, "carol", "bob");
        const after = await people.trackAsync(alice, "bob");
        claim(after !== before, "the track is a new one");
        await people.room.arrivesAsync(after, "sound");
    }),

    check("a join that was cancelled before it started rejects with aborted", async (people) => {
        const alice = await people.joinAsync("alice");
        const grant = await people.room.grantAsync("bob");
        const abort = new AbortController();
        abort.abort();
        claim((await people.codeAsync(people.enterAsync(grant, abort.signal))) === "aborted", "the join rejects with aborted");
        await people.joinAsync("carol");
        await people.othersAsync(alice, "carol");
    }),

    check("a join that is cancelled while it runs rejects with aborted, and no member remains", async (people) => {
        const alice = await people.joinAsync("alice");
        const grant = await people.room.grantAsync("bob");
        const abort = new AbortController();
        const joining = people.enterAsync(grant, abort.signal);
        abort.abort();
        claim((await people.codeAsync(joining)) === "aborted", "the join rejects with aborted");
        const carol = await people.joinAsync("carol");
        await people.othersAsync(alice, "carol");
        await people.othersAsync(carol, "alice");
    }),

    check("aborting after the join has no effect", async (people) => {
        const alice = await people.joinAsync("alice");
        const abort = new AbortController();
        const bob = await people.enterAsync(await people.room.grantAsync("bob"), abort.signal);
        abort.abort();
        await bob.publishAsync(people.room.track());
        await people.room.arrivesAsync(await people.trackAsync(alice, "bob"), "sound");
        claim((await firstValueFrom(bob.state$)) === "connected", "bob is still connected");
    }),

    check("a token that the server did not sign is rejected with tokenInvalid", async (people) => {
        const { token, ...rest } = await people.room.grantAsync("mallory");
        const forged = { ...rest, token: token.replace(/\.[^.]*$/, ".Zm9yZ2Vk") };
        claim((await people.codeAsync(people.enterAsync(forged))) === "tokenInvalid", "the join rejects with tokenInvalid");
        const alice = await people.joinAsync("alice");
        claim((await firstValueFrom(alice.remotes$)).size === 0, "nobody is there");
    }),

    check("a second connection of the same user replaces the first, which reports it and is lost", async (people) => {
        const alice = await people.joinAsync("alice");
        const first = await people.joinAsync("bob");
        await people.othersAsync(alice, "bob");
        const errors = record(first.error$);
        const remotes = record(first.remotes$);
        const lost = people.untilAsync(first.state$, (state) => state === "lost", "the first connection is lost");
        const second = await people.joinAsync("bob");
        await lost;
        claim(errors.values.at(-1)?.code === "duplicateIdentity", "the first one is told duplicateIdentity");
        claim(remotes.values.at(-1)?.size === 0 && remotes.ended, "the first one's list ends with nobody");
        await second.publishAsync(people.room.track());
        await people.othersAsync(alice, "bob");
        const track = await people.trackAsync(second, "alice");
        await alice.publishAsync(people.room.track());
        await people.room.arrivesAsync(track, "sound");
        await people.room.arrivesAsync(await people.trackAsync(alice, "bob"), "sound");
        await first.leaveAsync();
        claim((await firstValueFrom(second.state$)) === "connected", "the second one stays when the first is left for good");
    }),

    check("a newer grant replaces the old one without changing tracks", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        await alice.publishAsync(people.room.track());
        const track = await people.trackAsync(bob, "alice");
        await alice.renewAsync(await people.room.grantAsync("alice"));
        claim((await people.trackAsync(bob, "alice")) === track, "the track stays the same object");
        await people.room.arrivesAsync(track, "sound");
    }),

    check("a newer grant of another user or room is rejected, and the session continues", async (people) => {
        const alice = await people.joinAsync("alice");
        const bob = await people.joinAsync("bob");
        const other = await people.room.grantAsync("carol");
        claim((await people.codeAsync(alice.renewAsync(other))) === "tokenInvalid", "another user's grant is refused");
        const elsewhere = await people.room.grantAsync("alice", {}, "elsewhere");
        claim((await people.codeAsync(alice.renewAsync(elsewhere))) === "tokenInvalid", "another room's grant is refused");
        await alice.publishAsync(people.room.track());
        await people.room.arrivesAsync(await people.trackAsync(bob, "alice"), "sound");
        await alice.renewAsync(await people.room.grantAsync("alice"));
    }),
];
