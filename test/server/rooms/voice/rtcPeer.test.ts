import { toSettings } from "../../../../server/src/config/settings";
import { SignallingPass } from "../../../../server/src/rooms/voice/peerDirectory";
import { RtcPeer } from "../../../../server/src/rooms/voice/rtcPeer";

const minute = 60_000;
const hour = 60 * minute;
const crowd = 50;

/** Error of the server's clock, in milliseconds. */
let leap: number;
let expiring: number[];
let out: number[];
let peers: RtcPeer[];

beforeEach(() => {
    jest.useFakeTimers();
    leap = 0;
    [expiring, out] = [[], []];
    const begun = performance.now();
    const time = (): number => performance.now() - begun;
    const settings = { ...toSettings({ development: true }), ticks: () => performance.now() + leap };
    peers = Array.from(
        { length: crowd },
        (_, index) =>
            new RtcPeer({
                room: { isBlocked: () => false },
                client: {} as never,
                grant: {
                    room: "lobby",
                    user: { id: `user ${index}`, name: "User" },
                    privileges: ["publish", "subscribe"],
                    expiresAt: settings.now() + 10 * minute,
                    membersOnly: false,
                },
                pass: new SignallingPass(settings, `user ${index}`),
                secretsBefore: [],
                order: index,
                settings,
                owner: {
                    changed: () => undefined,
                    unchanged: () => undefined,
                    refused: () => undefined,
                    expiring: () => expiring.push(time()),
                    putOut: () => {
                        out.push(time());
                        peers[index]?.dispose();
                    },
                },
                standing: { muted: false, privileges: null },
                ready: false,
                dataInRtp: false,
            }),
    );
});
afterEach(() => {
    peers.forEach((peer) => peer.dispose());
    jest.useRealTimers();
});

const spanOf = (times: readonly number[]): number => Math.max(...times) - Math.min(...times);

it("members who joined together are asked to renew at different moments, all before the expiry", () => {
    jest.advanceTimersByTime(10 * minute - 30_000);
    expect(expiring).toHaveLength(crowd);
    expect(spanOf(expiring)).toBeGreaterThan(1_000);
    expect(out).toEqual([]);
    jest.advanceTimersByTime(31_000);
    expect(out).toHaveLength(crowd);
});

it("after the server's clock jumps by an hour, members who do not renew are removed at different moments", () => {
    jest.advanceTimersByTime(minute);
    leap = hour;
    // The timers were started before the jump. When the first one of a peer fires, its end is long past by the clock.
    jest.advanceTimersByTime(9 * minute + 40_000);
    expect(expiring.length).toBeGreaterThanOrEqual(crowd);
    expect(out).toHaveLength(crowd);
    expect(spanOf(out)).toBeGreaterThan(5_000);
});

it("a member who renews after a clock jump stays", () => {
    leap = hour;
    // The notices come 39 to 30 s before the end. No peer is removed in the first 10 s after its notice.
    jest.advanceTimersByTime(10 * minute - 29_500);
    expect(out).toEqual([]);
    const [first] = peers;
    const grant = first?.grant;
    expect(grant).toBeDefined();
    if (first && grant) {
        first.renew({ ...grant, expiresAt: Date.now() + 10 * minute });
    }
    jest.advanceTimersByTime(minute);
    expect(out).toHaveLength(crowd - 1);
});
