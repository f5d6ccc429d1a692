import type { RtcBehavior } from "../../../src/rtc/rtcBehavior.js";
import type { IMediaPlane } from "../../../src/transport/mediaPlane.js";
import type { IVoiceSession } from "../../../src/transport/voiceTransport.js";

interface IRoom {
    send(type: string, payload: unknown): void;
    askAsync(type: string, value: unknown): Promise<unknown>;
}

/** Private fields of the library. Only this file refers to them. */
interface IPrivateParts {
    readonly _connection: {
        readonly session:
            | (IVoiceSession & {
                  readonly _control: {
                      readonly _room: IRoom;
                      readonly state: { readonly peers: ReadonlyMap<string, { readonly name: string; readonly peerId: string }> };
                  };
                  readonly _plane: IMediaPlane & {
                      readonly _signalling: { readonly _peer: { call(peerId: string, stream: MediaStream): unknown } };
                  };
              })
            | null;
    };
}

/** Private members of the library that a modified client in an RTC room could access. */
export class Insides {
    /** The session in the RTC room. */
    public readonly session: IVoiceSession;
    /** The connection to the RTC room, for sending unchecked messages. */
    public readonly room: IRoom;
    private readonly _parts: NonNullable<IPrivateParts["_connection"]["session"]>;

    /** @param rtc - the RTC behavior; throws if it is not in an RTC room */
    constructor(rtc: RtcBehavior) {
        const session = (rtc as unknown as IPrivateParts)._connection.session;
        if (!session) {
            throw new Error("The person is in no RTC room.");
        }
        this.session = session;
        this.room = session._control._room;
        this._parts = session;
    }

    /** Peer id of a member. Empty if the member is not in the list of the RTC room. */
    peerIdOf(name: string): string {
        return [...this._parts._control.state.peers.values()].find((peer) => peer.name === name)?.peerId ?? "";
    }

    /** Calls a peer directly. */
    call(peerId: string, stream: MediaStream): void {
        this._parts._plane._signalling._peer.call(peerId, stream);
    }

    /** Closes the socket of the RTC room, to simulate a network failure. */
    breakSocket(): void {
        (this.room as unknown as { readonly _room: { readonly connection: { close(): void } } })._room.connection.close();
    }

    /** True (initially): the plane obeys the send verdict of each peer. False: it sends to all peers, including those that do not want the voice. */
    set obeying(obeying: boolean) {
        const plane: Partial<Pick<IMediaPlane, "setPeers">> = this._parts._plane;
        delete plane.setPeers;
        const { setPeers } = this._parts._plane;
        if (!obeying) {
            plane.setPeers = (peers, order) =>
                setPeers.call(plane, new Map([...peers].map(([id, peer]) => [id, { ...peer, send: "on" }])), order);
        }
    }
}
