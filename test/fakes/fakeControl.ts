import { NEVER, Subject, of } from "rxjs";
import type { BehaviorSubject } from "rxjs";
import type { IRtcPeer } from "../../protocol/wire.js";
import type { RtcError } from "../../src/errors/rtcError.js";
import type { IControlState } from "../../src/transport/control/controlSession.js";
import { PacedMessages } from "../../src/transport/control/pacedMessages.js";
import type { IControlSession } from "../../src/transport/voiceSession.js";

/** A peer in the list of an RTC room. By default the peer has all privileges and is not muted. */
export function rtcPeer(id: string, order: number, more: Partial<IRtcPeer> = {}): IRtcPeer {
    return {
        id,
        name: id,
        peerId: `${id}-${order}`,
        order,
        ready: true,
        mayPublish: true,
        maySubscribe: true,
        muted: "no",
        publishing: true,
        capturing: true,
        dataInRtp: false,
        ...more,
    };
}

/**
 * A control session whose RTC room state is set by a test. Its methods are no-ops by default.
 * @param self - the local member
 * @param room - state of the RTC room
 * @param more - properties and methods that replace the defaults
 */
export function fakeControl(self: IRtcPeer, room: BehaviorSubject<IControlState>, more: Partial<IControlSession> = {}): IControlSession {
    const base: IControlSession = {
        self,
        secret: "",
        state$: room,
        get state() {
            return room.value;
        },
        interest: new Map(),
        away$: of(false),
        displaced$: new Subject<RtcError>(),
        lost$: NEVER,
        departures$: NEVER,
        notices$: NEVER,
        refusals$: NEVER,
        messages: new PacedMessages(() => Promise.reject(new Error("nobody listens"))),
        reenterAsync: async () => undefined,
        probe: () => undefined,
        extendProbe: () => undefined,
        setMuted: () => undefined,
        setState: () => undefined,
        setInterest: () => undefined,
        renewAsync: async () => undefined,
        blockAsync: async () => undefined,
        moderateAsync: async () => undefined,
        leaveAsync: async () => undefined,
    };
    return Object.defineProperties(base, Object.getOwnPropertyDescriptors(more));
}
