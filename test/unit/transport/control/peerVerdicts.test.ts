import type { IRtcPeer } from "../../../../protocol/wire.js";
import type { PeerList } from "../../../../src/transport/control/controlSession.js";
import { planePeers } from "../../../../src/transport/control/peerVerdicts.js";
import type { VoiceInterest } from "../../../../src/transport/voiceTransport.js";
import { rtcPeer } from "../../../fakes/fakeControl.js";

const listOf = (...peers: IRtcPeer[]): PeerList => new Map(peers.map((each) => [each.id, each]));
const alice = rtcPeer("alice", 1);
const bob = rtcPeer("bob", 2);

interface IVerdictCase {
    readonly wanted?: VoiceInterest;
    readonly publishing?: boolean;
    readonly them?: Partial<IRtcPeer>;
    readonly us?: Partial<IRtcPeer>;
    readonly send: VoiceInterest;
}

describe("The verdict for a media plane", () => {
    const state = (them: Partial<IRtcPeer> = {}, us: Partial<IRtcPeer> = {}, wanted: VoiceInterest = "on") => ({
        peers: listOf({ ...alice, ...us }, { ...bob, ...them }),
        blocked: new Set<string>(),
        wanted: new Map([["bob", wanted]]),
    });

    it("covers every peer except oneself, with the data for a link", () => {
        const { peerId, name, order, ready, dataInRtp } = bob;
        expect([...planePeers(state(), "alice", true)]).toEqual([
            ["bob", { peerId, name, order, ready, dataInRtp, send: "on", receive: true }],
        ]);
    });

    it("leaves out blocked peers", () => {
        expect(planePeers({ ...state(), blocked: new Set(["bob"]) }, "alice", true).size).toBe(0);
    });

    it.each([
        { title: "as the peer requests", wanted: "warm", send: "warm" },
        { title: "as the peer requests", wanted: "off", send: "off" },
        { title: "no packets while we do not publish", publishing: false, send: "warm" },
        { title: "no packets to a peer who may not subscribe", them: { maySubscribe: false }, send: "warm" },
        { title: "nothing to a peer with interest off who may not subscribe", wanted: "off", them: { maySubscribe: false }, send: "off" },
        { title: "silence, which the session publishes, while we may not publish", us: { mayPublish: false }, send: "on" },
    ] as const)("sends $title: $send", ({ wanted = "on", publishing = true, them = {}, us = {}, send }: IVerdictCase) => {
        expect(planePeers(state(them, us, wanted), "alice", publishing).get("bob")).toMatchObject({ send, receive: true });
    });

    it.each([
        { title: "may not publish", them: { mayPublish: false } },
        { title: "was muted by a moderator", them: { muted: "moderator" } },
        { title: "sends while we may not subscribe", us: { maySubscribe: false } },
    ] as const)("receives nothing from a peer who $title", ({ them = {}, us = {} }: Pick<IVerdictCase, "them" | "us">) => {
        expect(planePeers(state(them, us), "alice", true).get("bob")).toMatchObject({ send: "on", receive: false });
    });
});
