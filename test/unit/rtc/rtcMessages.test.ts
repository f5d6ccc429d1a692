import { BehaviorSubject, Subject } from "rxjs";
import { RtcMessages } from "../../../src/rtc/rtcMessages.js";
import type { IMessageOptions, IVoiceDataMessage, IVoiceMessage, IVoiceRtpData } from "../../../src/transport/voiceMessages.js";
import { thrownBy } from "../../fakes/thrownBy.js";
import type { IVoiceSession } from "../../../src/transport/voiceTransport.js";

/** The part of a session that messages use. */
class Session {
    public readonly selfId = "me";
    public readonly sent: { data: string | Uint8Array; to: string | undefined }[] = [];
    public readonly received = new Subject<IVoiceMessage>();
    public readonly messages = {
        received$: this.received,
        sendAsync: async (data: string | Uint8Array, { to }: IMessageOptions = {}) => {
            this.sent.push({ data, to });
            return { id: this.sent.length };
        },
    };
}

describe("rtc.messages", () => {
    let session: Session;
    let sessions: BehaviorSubject<IVoiceSession | null>;
    let messages: RtcMessages;

    const enter = (next: object | null): void => sessions.next(next as IVoiceSession | null);

    beforeEach(() => {
        session = new Session();
        sessions = new BehaviorSubject<IVoiceSession | null>(null);
        messages = new RtcMessages(sessions);
        enter(session);
    });

    it("sends text and bytes, to all members or to one, and returns the message's id", async () => {
        expect(await messages.sendAsync("hello")).toEqual({ id: 1 });
        expect(await messages.sendAsync(new Uint8Array([1, 2]), { to: "bob" })).toEqual({ id: 2 });
        await messages.sendAsync(new Uint8Array([3]).buffer);
        expect(session.sent).toEqual([
            { data: "hello", to: undefined },
            { data: new Uint8Array([1, 2]), to: "bob" },
            { data: new Uint8Array([3]), to: undefined },
        ]);
    });

    it("copies bytes, so that the caller can reuse the buffer", async () => {
        const bytes = new Uint8Array([1, 2]);
        await messages.sendAsync(bytes);
        await messages.sendAsync(bytes.buffer);
        bytes.fill(9);
        expect(session.sent.map(({ data }) => data)).toEqual([new Uint8Array([1, 2]), new Uint8Array([1, 2])]);
    });

    it.each([
        ["bytes", (size: number) => new Uint8Array(size)],
        ["a buffer", (size: number) => new ArrayBuffer(size)],
        ["plain text", (size: number) => "a".repeat(size)],
        ["text of two bytes a character", (size: number) => "ü".repeat(size / 2) + (size % 2 ? "." : "")],
    ])("accepts 65,536 bytes and rejects one more before sending: %s", async (_what, make) => {
        await messages.sendAsync(make(65_536));
        await expect(messages.sendAsync(make(65_537))).rejects.toMatchObject({ name: "RtcError", code: "messageTooLarge" });
        expect(session.sent).toHaveLength(1);
    });

    it.each([5, null, undefined, {}, [1], new Float32Array(1)])("rejects %p", async (data) => {
        await expect(messages.sendAsync(data as string)).rejects.toMatchObject({ code: "invalidArgument" });
        expect(session.sent).toEqual([]);
    });

    it("rejects a receiver that is not another member's id", async () => {
        for (const to of ["", "me", 5 as unknown as string]) {
            await expect(messages.sendAsync("x", { to })).rejects.toMatchObject({ code: "invalidArgument" });
        }
        expect(session.sent).toEqual([]);
    });

    it("rejects with roomNotFound outside of an RTC room, and with unsupported without transport messages", async () => {
        enter(null);
        await expect(messages.sendAsync("x")).rejects.toMatchObject({ code: "roomNotFound" });
        enter({ selfId: "me" });
        await expect(messages.sendAsync("x")).rejects.toMatchObject({ code: "unsupported" });
    });

    it("receives messages of the current RTC room only", () => {
        const heard: number[] = [];
        messages.received$.subscribe(({ id }) => heard.push(id));
        const say = (where: Session, id: number): void => where.received.next({ id, from: "bob", direct: false, data: "" });
        say(session, 1);
        const next = new Session();
        enter(next);
        say(session, 2);
        say(next, 3);
        enter(null);
        expect(heard).toEqual([1, 3]);
        expect(session.received.observed || next.received.observed).toBe(false);
    });

    describe("data in the voice packets", () => {
        const rtpReceived = new Subject<IVoiceDataMessage>();
        let sent: { data: number[]; times: number }[];

        beforeEach(() => {
            sent = [];
            const rtpData: IVoiceRtpData = {
                send: (data, times) => {
                    sent.push({ data: [...data], times });
                    return new Set(["bob"]);
                },
                received$: rtpReceived,
                reaches: (id) => id === "bob",
            };
            enter(Object.assign(new Session(), { rtpData }));
        });

        it("is sent in 3 packets by default, and returns the ids of the members it reaches", () => {
            expect(messages.sendWithVoice(Uint8Array.of(1, 2))).toEqual(new Set(["bob"]));
            messages.sendWithVoice(new Uint8Array(255).buffer, { repeat: 0 });
            expect(sent).toEqual([
                { data: [1, 2], times: 3 },
                { data: [...new Uint8Array(255)], times: 1 },
            ]);
            expect([messages.canSendWithVoice("bob"), messages.canSendWithVoice("carol")]).toEqual([true, false]);
        });

        it.each([
            [new Uint8Array(0), 0],
            [new Uint8Array(256), 0],
            ["text", 0],
            [Uint8Array.of(1), -1],
            [Uint8Array.of(1), 11],
            [Uint8Array.of(1), 0.5],
        ])("rejects %p, repeated %p times", (data, repeat) => {
            expect(thrownBy(() => messages.sendWithVoice(data as Uint8Array, { repeat }))).toMatchObject({ code: "invalidArgument" });
            expect(sent).toEqual([]);
        });

        it("throws unsupported without transport support, and roomNotFound outside of an RTC room", () => {
            enter(session);
            expect(thrownBy(() => messages.sendWithVoice(Uint8Array.of(1)))).toMatchObject({ code: "unsupported" });
            expect(messages.canSendWithVoice("bob")).toBe(false);
            enter(null);
            expect(thrownBy(() => messages.sendWithVoice(Uint8Array.of(1)))).toMatchObject({ code: "roomNotFound" });
        });

        it("works with the deprecated names, in the app and in its transport", () => {
            // eslint-disable-next-line @typescript-eslint/no-deprecated -- the old name works, too
            expect([messages.ridesWith("bob"), messages.ridesWith("carol")]).toEqual([true, false]);
            const { rtpData: riding } = Object.assign(new Session(), {
                rtpData: { send: () => new Set(["old"]), received$: rtpReceived, reaches: () => true },
            });
            enter(Object.assign(new Session(), { riding }));
            expect(messages.sendWithVoice(Uint8Array.of(1))).toEqual(new Set(["old"]));
            expect(messages.canSendWithVoice("carol")).toBe(true);
        });

        it("is received while in the RTC room", () => {
            const heard: string[] = [];
            messages.receivedWithVoice$.subscribe(({ from, data }) => heard.push(`${from} ${data.join()}`));
            rtpReceived.next({ from: "bob", data: Uint8Array.of(1, 2) });
            expect(heard).toEqual(["bob 1,2"]);
            enter(null);
            expect(rtpReceived.observed).toBe(false);
        });
    });
});
