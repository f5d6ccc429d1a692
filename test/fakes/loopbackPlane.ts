import { BehaviorSubject, EMPTY } from "rxjs";
import { RtcError } from "../../src/errors/rtcError.js";
import type { ILinkFacts } from "../../src/transport/linkFacts.js";
import type { IMediaPlane, IMediaPlanes, IPlaneOpening, IPlanePeer, PlaneState } from "../../src/transport/mediaPlane.js";
import { FakeRemoteTrack } from "../../src/testing/fakeVoiceSession.js";

/** A media plane that passes tracks within this process. All planes that share a `Map` can reach each other. */
export class LoopbackPlane implements IMediaPlane {
    readonly state$ = new BehaviorSubject<PlaneState>("connecting");
    readonly tracks$ = new BehaviorSubject<ReadonlyMap<string, MediaStreamTrack>>(new Map());
    readonly error$ = EMPTY;
    private readonly _open: Map<string, LoopbackPlane>;
    private readonly _links = new Map<LoopbackPlane, FakeRemoteTrack>();
    private _isClosed = false;
    private _peerId = "";
    private _peers: ReadonlyMap<string, IPlanePeer> = new Map();
    private _published: MediaStreamTrack | null = null;

    /** @param open - open planes, by peer id */
    constructor(open: Map<string, LoopbackPlane>) {
        this._open = open;
    }

    /** Creates a factory for planes that can reach each other. */
    static Planes(open = new Map<string, LoopbackPlane>()): IMediaPlanes {
        return { prepareAsync: async () => undefined, createAsync: async () => new LoopbackPlane(open) };
    }

    async openAsync({ peerId, signal }: IPlaneOpening): Promise<void> {
        await Promise.resolve();
        if (signal.aborted || this._isClosed) {
            throw new RtcError("aborted", "The operation was cancelled.");
        }
        this._peerId = peerId;
        this._open.set(peerId, this);
        this.state$.next("connected");
        this._open.forEach((plane) => plane._link());
    }

    setPeers(peers: ReadonlyMap<string, IPlanePeer>): void {
        this._peers = peers;
        this._open.forEach((plane) => plane._link());
    }

    async publishAsync(track: MediaStreamTrack | null): Promise<void> {
        this._published = track;
    }

    setInterest(): void {
        // No-op: each plane sends according to the verdict per peer.
    }

    async statisticsAsync(): Promise<ReadonlyMap<string, ILinkFacts>> {
        return new Map();
    }

    close(): void {
        this._isClosed = true;
        this._open.delete(this._peerId);
        this._peers = new Map();
        this._open.forEach((plane) => plane._link());
        this.state$.complete();
        this.tracks$.complete();
    }

    /** Two planes are linked while both are open and have each other in their lists. */
    private _link(): void {
        const tracks = new Map<string, MediaStreamTrack>();
        const linked = new Set<LoopbackPlane>();
        for (const [id, { peerId, receive }] of this._peers) {
            const other = this._open.get(peerId);
            if (other && this._open.get(this._peerId) === this && other._entryOf(this)) {
                linked.add(other);
                const track = this._links.get(other) ?? this._trackFrom(other);
                this._links.set(other, track);
                if (receive) {
                    tracks.set(id, track);
                }
            }
        }
        this._links.forEach((_, other) => !linked.has(other) && this._links.delete(other));
        this.tracks$.next(tracks);
    }

    private _trackFrom(other: LoopbackPlane): FakeRemoteTrack {
        const flowing = (): MediaStreamTrack | null => (other._entryOf(this)?.send === "on" ? other._published : null);
        return new FakeRemoteTrack(`from ${other._peerId}`, { published: () => other._published, flowing });
    }

    private _entryOf(plane: LoopbackPlane): IPlanePeer | undefined {
        return [...this._peers.values()].find(({ peerId }) => peerId === plane._peerId);
    }
}
