import { Subject } from "rxjs";
import { RtcError } from "../../../../src/errors/rtcError.js";
import { VoiceConnection } from "../../../../src/rtc/connection/voiceConnection.js";
import type { RtcRoomState } from "../../../../src/rtc/connection/voiceConnection.js";
import type { ConnectionState, IVoiceSession } from "../../../../src/transport/voiceTransport.js";
import { fakeMember } from "../../../../src/testing/fakeRoomSource.js";

const info = {
    session: { selfId: "me" } as IVoiceSession,
    room: "lobby",
    user: fakeMember("me"),
    join: { elapsedMs: 80, again: false },
    since: 1_000,
};
const inside = (connection: ConnectionState = "connected"): RtcRoomState => ({ state: "inside", info, connection });
const error = new RtcError("serverUnreachable", "Gone.");
const broken: RtcRoomState = { state: "reconnecting", cause: { error, reason: "lost" } };

describe("VoiceConnection", () => {
    let connection: VoiceConnection;
    let news: Subject<RtcRoomState | RtcError>;
    /** Values that the connection's streams emit, in order. */
    let told: unknown[];

    beforeEach(() => {
        connection = new VoiceConnection();
        news = new Subject();
        told = [];
    });

    const listen = (): void => {
        connection.ends$.subscribe((end) => told.push(end));
        connection.info$.subscribe((stay) => told.push(stay));
        connection.connection$.subscribe((state) => told.push(state));
    };

    it("is disconnected at first, and after it stops following", () => {
        const following = connection.follow$(news).subscribe();
        listen();
        news.next({ state: "connecting" });
        news.next(inside());
        expect(connection.session).toBe(info.session);
        following.unsubscribe();
        expect(connection.session).toBeNull();
        expect(told).toEqual([
            null,
            "disconnected",
            "connecting",
            info,
            "connected",
            { room: "lobby", reason: "left" },
            null,
            "disconnected",
        ]);
        expect(news.observed).toBe(false);
    });

    it("emits the end of a session with its cause, before the session info becomes null", () => {
        connection.follow$(news).subscribe();
        news.next(inside());
        listen();
        news.next(broken);
        news.next({ ...broken, state: "lost" });
        expect(told).toEqual([info, "connected", { room: "lobby", reason: "lost", error }, null, "reconnecting", "lost"]);
    });

    it("keeps the session info while the session reconnects by itself", () => {
        connection.follow$(news).subscribe();
        news.next(inside());
        listen();
        news.next(inside("reconnecting"));
        news.next(inside());
        expect(told).toEqual([info, "connected", "reconnecting", "connected"]);
    });

    it("emits errors in error$, not as states", () => {
        const errors: RtcError[] = [];
        connection.error$.subscribe((each) => errors.push(each));
        listen();
        connection.follow$(news).subscribe();
        news.next(error);
        expect(errors).toEqual([error]);
        expect(told).toEqual([null, "disconnected"]);
    });

    it("emits the cause of an end even when a subscriber leaves in response", () => {
        const following = connection.follow$(news).subscribe();
        news.next(inside());
        connection.connection$.subscribe((state) => state === "reconnecting" && following.unsubscribe());
        listen();
        told.length = 0;
        news.next(broken);
        expect(told).toEqual([{ room: "lobby", reason: "lost", error }, null, "disconnected"]);
    });

    it("never emits an older state after a newer one, even when a subscriber leaves in response", () => {
        const following = connection.follow$(news).subscribe();
        connection.state$.subscribe(({ state }) => state === "inside" && following.unsubscribe());
        listen();
        news.next(inside());
        expect(told).toEqual([null, "disconnected"]);
    });
});
