import { filter, firstValueFrom, timeout } from "rxjs";
import type { Observable } from "rxjs";
import type { IMediaPlane, IPlaneOpening, IPlanePeer } from "../../../src/transport/mediaPlane.js";
import type { VoiceInterest } from "../../../src/transport/voiceTransport.js";

/** A plane that is not open yet, with its address in signalling. */
export interface IPlaneSeat {
    readonly plane: IMediaPlane;
    readonly opening: Omit<IPlaneOpening, "signal">;
    /** Position in the order of joining. */
    readonly order: number;
}

/** A room whose signalling connects planes. Runs in Node and in a browser page. */
export interface IPlaneContractRoom {
    /** Timeout for an effect to appear, in milliseconds. */
    readonly patienceMs: number;
    /** Creates a plane for a member. */
    seatAsync(id: string): Promise<IPlaneSeat>;
    /** Creates a live track with sound. */
    track(): MediaStreamTrack;
    /** Resolves when a remote track delivers this kind of signal; rejects if it does not. */
    arrivesAsync(track: MediaStreamTrack, what: "sound" | "silence"): Promise<void>;
    /** Stops the tracks that this room created. Fails if the planes have left anything behind. */
    releaseAsync(): Promise<void>;
}

/** A requirement of every media plane. `run` rejects if the plane does not meet it. */
export interface IPlaneCheck {
    readonly name: string;
    run(room: IPlaneContractRoom): Promise<void>;
}

type Verdict = Pick<IPlanePeer, "send" | "receive">;

function claim(condition: boolean, what: string): asserts condition {
    if (!condition) {
        throw new Error(`Not so: ${what}.`);
    }
}

/** Members of a room, each with a plane, and the peer lists that their planes receive. */
class Meeting {
    public readonly room: IPlaneContractRoom;
    private readonly _seats = new Map<string, IPlaneSeat>();
    private readonly _ready = new Set<string>();
    /** Verdicts by `a>b`: the verdict about member b that the plane of member a gets. Null: b is not in the list. */
    private readonly _verdicts = new Map<string, Verdict | null>();

    constructor(room: IPlaneContractRoom) {
        this.room = room;
    }

    /** Adds a member whose plane is not open yet. */
    async comeAsync(id: string): Promise<IPlaneSeat> {
        const seat = await this.room.seatAsync(id);
        this._seats.set(id, seat);
        return seat;
    }

    /** Opens a member's plane, and announces to all planes that the member can be reached. */
    async openAsync(id: string, signal = new AbortController().signal): Promise<void> {
        const { plane, opening } = this.seat(id);
        await plane.openAsync({ ...opening, signal });
        this._ready.add(id);
        this.tell();
    }

    /** Adds these members with open planes, one after the other. */
    async meetAsync(...ids: string[]): Promise<readonly IMediaPlane[]> {
        for (const id of ids) {
            await this.comeAsync(id);
            await this.openAsync(id);
        }
        return ids.map((id) => this.seat(id).plane);
    }

    seat(id: string): IPlaneSeat {
        const seat = this._seats.get(id);
        claim(seat !== undefined, `${id} is there`);
        return seat;
    }

    /** Changes the verdict that one member's plane gets about another member; null = the other member is not in the list. */
    rule(at: string, of: string, verdict: Partial<Verdict> | null): void {
        this._verdicts.set(`${at}>${of}`, verdict && { send: "on", receive: true, ...verdict });
        this.tell();
    }

    /** Sends each plane the list of the others, in the order of joining. */
    tell(): void {
        for (const [at, { plane, order }] of this._seats) {
            const peers = new Map<string, IPlanePeer>();
            for (const [id, seat] of this._seats) {
                const verdict = this._verdicts.get(`${at}>${id}`);
                if (id !== at && verdict !== null) {
                    const { peerId } = seat.opening;
                    const about = { peerId, name: id, order: seat.order, ready: this._ready.has(id), dataInRtp: false };
                    peers.set(id, { ...about, send: "on", receive: true, ...verdict });
                }
            }
            plane.setPeers(peers, order);
        }
    }

    async untilAsync<T>(stream$: Observable<T>, isSo: (value: T) => boolean, what: string): Promise<T> {
        const late = {
            first: this.room.patienceMs,
            with: (): never => {
                throw new Error(`Waited in vain until ${what}.`);
            },
        };
        return firstValueFrom(stream$.pipe(filter(isSo), timeout(late)));
    }

    /** Waits for a track of a member. */
    async trackAsync(at: string, of: string): Promise<MediaStreamTrack> {
        const tracks = await this.untilAsync(this.seat(at).plane.tracks$, (all) => all.has(of), `${at} has a track of ${of}`);
        const track = tracks.get(of);
        claim(track !== undefined, `${at} has a track of ${of}`);
        return track;
    }

    /** Waits until there is no track of a member. */
    async noTrackAsync(at: string, of: string): Promise<void> {
        await this.untilAsync(this.seat(at).plane.tracks$, (all) => !all.has(of), `${at} has no track of ${of}`);
    }

    close(): void {
        this._seats.forEach(({ plane }) => plane.close());
    }
}

const check = (name: string, tryAsync: (meeting: Meeting) => Promise<void>): IPlaneCheck => ({
    name,
    run: async (room) => {
        const meeting = new Meeting(room);
        try {
            await tryAsync(meeting);
        } finally {
            meeting.close();
            await room.releaseAsync();
        }
    },
});

/** The contract of `IMediaPlane`. Each check needs a room of its own. */
export const mediaPlaneContract: readonly IPlaneCheck[] = [
    check("an open plane is connected, and has no tracks without peers", async (meeting) => {
        const { plane } = await meeting.comeAsync("alice");
        claim((await firstValueFrom(plane.state$)) === "connecting", "state$ begins with connecting");
        await meeting.openAsync("alice");
        claim((await firstValueFrom(plane.state$)) === "connected", "state$ replays connected");
        claim((await firstValueFrom(plane.tracks$)).size === 0, "tracks$ replays no tracks");
        claim((await plane.statisticsAsync()).size === 0, "there are no statistics of anybody");
    }),

    check("peers have a track from each other by member id, whether set before or after opening", async (meeting) => {
        await meeting.meetAsync("alice");
        await meeting.comeAsync("bob");
        meeting.tell();
        await meeting.openAsync("bob");
        await meeting.meetAsync("carol");
        for (const [at, of] of ["alice bob", "bob alice", "alice carol", "carol alice", "bob carol", "carol bob"].map((pair) =>
            pair.split(" "),
        )) {
            claim((await meeting.trackAsync(at ?? "", of ?? "")).kind === "audio", "the track is one of audio");
        }
    }),

    check("a published voice arrives, and silence when it is unpublished, on the same track", async (meeting) => {
        const [alice] = await meeting.meetAsync("alice", "bob");
        const track = await meeting.trackAsync("bob", "alice");
        await meeting.room.arrivesAsync(track, "silence");
        for (let round = 0; round < 2; round++) {
            await alice?.publishAsync(meeting.room.track());
            await meeting.room.arrivesAsync(track, "sound");
            await alice?.publishAsync(null);
            await meeting.room.arrivesAsync(track, "silence");
        }
        claim((await meeting.trackAsync("bob", "alice")) === track, "the track stays the same object");
    }),

    check("a voice that was published before others joined is received by them", async (meeting) => {
        const [alice] = await meeting.meetAsync("alice");
        await alice?.publishAsync(meeting.room.track());
        await meeting.meetAsync("bob");
        await meeting.room.arrivesAsync(await meeting.trackAsync("bob", "alice"), "sound");
    }),

    check("nothing is sent to a peer with verdict warm or off, and others still hear the voice", async (meeting) => {
        const [alice] = await meeting.meetAsync("alice", "bob", "carol");
        await alice?.publishAsync(meeting.room.track());
        const atBob = await meeting.trackAsync("bob", "alice");
        const atCarol = await meeting.trackAsync("carol", "alice");
        await meeting.room.arrivesAsync(atBob, "sound");
        for (const send of ["off", "warm"] satisfies VoiceInterest[]) {
            meeting.rule("alice", "bob", { send });
            await meeting.room.arrivesAsync(atBob, "silence");
            await meeting.room.arrivesAsync(atCarol, "sound");
            meeting.rule("alice", "bob", { send: "on" });
            await meeting.room.arrivesAsync(atBob, "sound");
        }
        claim((await meeting.trackAsync("bob", "alice")) === atBob, "the track stays the same object");
    }),

    check("a peer that must not be received has no track, whatever it sends", async (meeting) => {
        const [, bob] = await meeting.meetAsync("alice", "bob");
        await bob?.publishAsync(meeting.room.track());
        const before = await meeting.trackAsync("alice", "bob");
        meeting.rule("alice", "bob", { receive: false });
        await meeting.noTrackAsync("alice", "bob");
        meeting.rule("alice", "bob", { receive: true });
        claim((await meeting.trackAsync("alice", "bob")) === before, "the track is the same one when they may again");
        await meeting.room.arrivesAsync(before, "sound");
    }),

    check("a peer removed from the list has no track, and a new one when it is added again", async (meeting) => {
        const [, bob] = await meeting.meetAsync("alice", "bob");
        await bob?.publishAsync(meeting.room.track());
        const before = await meeting.trackAsync("alice", "bob");
        meeting.rule("alice", "bob", null);
        meeting.rule("bob", "alice", null);
        await meeting.noTrackAsync("alice", "bob");
        await meeting.noTrackAsync("bob", "alice");
        meeting.rule("bob", "alice", {});
        meeting.rule("alice", "bob", {});
        const after = await meeting.trackAsync("alice", "bob");
        claim(after !== before, "the track is a new one");
        await meeting.room.arrivesAsync(after, "sound");
    }),

    check("there is no link to a peer that only one of the two lists contains", async (meeting) => {
        await meeting.meetAsync("alice");
        await meeting.comeAsync("bob");
        meeting.rule("alice", "bob", null);
        await meeting.openAsync("bob");
        // Carol joins last: once she has the tracks of the others, unwanted tracks have had enough time to appear.
        await meeting.meetAsync("carol");
        await meeting.trackAsync("carol", "alice");
        await meeting.trackAsync("carol", "bob");
        claim(!(await firstValueFrom(meeting.seat("alice").plane.tracks$)).has("bob"), "alice has no track of bob");
        claim(!(await firstValueFrom(meeting.seat("bob").plane.tracks$)).has("alice"), "bob has no track of alice");
    }),

    check("interest in one peer does not affect the others", async (meeting) => {
        const [alice, bob, carol] = await meeting.meetAsync("alice", "bob", "carol");
        await alice?.publishAsync(meeting.room.track());
        await bob?.publishAsync(meeting.room.track());
        const ofBob = await meeting.trackAsync("carol", "bob");
        await meeting.room.arrivesAsync(ofBob, "sound");
        carol?.setInterest(new Map([["alice", "off"]]));
        meeting.rule("alice", "carol", { send: "off" });
        await meeting.room.arrivesAsync(await meeting.trackAsync("carol", "alice"), "silence");
        await meeting.room.arrivesAsync(ofBob, "sound");
        carol?.setInterest(new Map([["alice", "on"]]));
        meeting.rule("alice", "carol", { send: "on" });
        await meeting.room.arrivesAsync(await meeting.trackAsync("carol", "alice"), "sound");
    }),

    check("publishing does not change the caller's track", async (meeting) => {
        const [alice] = await meeting.meetAsync("alice", "bob");
        const mine = meeting.room.track();
        await alice?.publishAsync(mine);
        await alice?.publishAsync(null);
        alice?.close();
        claim(mine.readyState === "live", "the track is still live");
    }),

    check("closing completes all streams without an error, and later calls have no effect", async (meeting) => {
        const [alice] = await meeting.meetAsync("alice", "bob");
        await meeting.trackAsync("alice", "bob");
        claim(alice !== undefined, "alice is there");
        const ends: string[] = [];
        for (const [name, stream$] of Object.entries({ state: alice.state$, tracks: alice.tracks$, errors: alice.error$ })) {
            (stream$ as Observable<unknown>).subscribe({ error: () => ends.push(`${name} failed`), complete: () => ends.push(name) });
        }
        alice.close();
        alice.close();
        claim(ends.sort().join() === "errors,state,tracks", "the streams complete once");
        meeting.tell();
        alice.setInterest(new Map([["bob", "off"]]));
        await alice.publishAsync(meeting.room.track());
        claim((await alice.statisticsAsync()).size === 0, "there are no statistics of anybody");
    }),

    check("closing while opening rejects openAsync", async (meeting) => {
        const { plane } = await meeting.comeAsync("alice");
        const opening = meeting.openAsync("alice").then(
            () => "open",
            () => "rejected",
        );
        plane.close();
        claim((await opening) === "rejected", "it rejects");
    }),

    check("a cancelled openAsync rejects with aborted", async (meeting) => {
        await meeting.comeAsync("alice");
        const abort = new AbortController();
        const opening = meeting.openAsync("alice", abort.signal);
        abort.abort();
        const code = await opening.then(
            () => "fulfilled",
            (error: unknown) => (error instanceof Error && "code" in error ? error.code : "no RtcError"),
        );
        claim(code === "aborted", "it rejects with aborted");
    }),
];
