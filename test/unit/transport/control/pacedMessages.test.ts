import { deferred } from "../../../fakes/deferred.js";
import type { IDeferred } from "../../../fakes/deferred.js";
import { settleAsync } from "../../../fakes/settle.js";
import { PacedMessages } from "../../../../src/transport/control/pacedMessages.js";
import type { IVoiceMessage } from "../../../../src/transport/voiceMessages.js";

describe("PacedMessages", () => {
    let asked: { data: string | Uint8Array; to?: string; answer: IDeferred<{ id: number }> }[];
    let messages: PacedMessages;

    beforeEach(() => {
        asked = [];
        messages = new PacedMessages((value) => {
            const answer = deferred<{ id: number }>();
            asked.push({ ...value, answer });
            return answer.promise;
        });
    });

    it("sends messages in order, at most 128 without an answer", async () => {
        const sending = Array.from({ length: 300 }, (_, index) => messages.sendAsync(`${index}`));
        expect(asked).toHaveLength(128);
        asked[0]?.answer.resolve({ id: 1 });
        asked[1]?.answer.resolve({ id: 2 });
        await settleAsync();
        expect(asked).toHaveLength(130);
        for (let index = 2; index < 300; index++) {
            asked[index]?.answer.resolve({ id: index + 1 });
            await settleAsync();
        }
        expect(asked.map(({ data }) => data)).toEqual(Array.from({ length: 300 }, (_, index) => `${index}`));
        expect((await Promise.all(sending)).map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    });

    it("sends at most 128 KiB without an answer, but always at least one message", async () => {
        const sending = [200_000, 65_536, 65_536, 1].map((size) => messages.sendAsync(new Uint8Array(size)));
        expect(asked).toHaveLength(1);
        asked[0]?.answer.resolve({ id: 1 });
        await settleAsync();
        expect(asked).toHaveLength(3);
        asked[1]?.answer.resolve({ id: 2 });
        asked[2]?.answer.resolve({ id: 3 });
        await settleAsync();
        asked[3]?.answer.resolve({ id: 4 });
        await Promise.all(sending);
    });

    it("continues after a rejected message", async () => {
        const sending = Array.from({ length: 129 }, (_, index) => messages.sendAsync(`${index}`, { to: "bob" }));
        const failed = expect(sending[0]).rejects.toThrow("no");
        asked[0]?.answer.reject(new Error("no"));
        await failed;
        expect(asked.at(-1)).toMatchObject({ data: "128", to: "bob" });
        messages.end();
    });

    it("rejects queued and new messages on abort, but not those already sent", async () => {
        const abort = new AbortController();
        const sending = Array.from({ length: 130 }, (_, index) => messages.sendAsync(`${index}`, { signal: abort.signal }));
        const failed = Promise.all(sending.slice(128).map((each) => expect(each).rejects.toMatchObject({ code: "aborted" })));
        abort.abort();
        await failed;
        asked.forEach(({ answer }, index) => answer.resolve({ id: index }));
        await expect(Promise.all(sending.slice(0, 128))).resolves.toHaveLength(128);
        expect(asked).toHaveLength(128);
        await expect(messages.sendAsync("x", { signal: abort.signal })).rejects.toMatchObject({ code: "aborted" });
    });

    it("rejects queued and later messages when the session ends", async () => {
        const sending = Array.from({ length: 129 }, (_, index) => messages.sendAsync(`${index}`));
        const failed = expect(sending[128]).rejects.toMatchObject({ code: "aborted" });
        messages.end();
        await failed;
        await expect(messages.sendAsync("x")).rejects.toMatchObject({ code: "aborted" });
    });

    it("queues received messages for the first subscriber", () => {
        const heard: IVoiceMessage[] = [];
        const later: IVoiceMessage[] = [];
        messages.hear({ id: 1, from: "bob", direct: true, data: "early" });
        messages.received$.subscribe((message) => heard.push(message));
        messages.received$.subscribe((message) => later.push(message));
        messages.hear({ id: 2, from: "bob", direct: false, data: "late" });
        expect(heard.map(({ id }) => id)).toEqual([1, 2]);
        expect(later.map(({ id }) => id)).toEqual([2]);
    });

    it("emits a copy of received bytes", () => {
        const heard: IVoiceMessage[] = [];
        messages.received$.subscribe((message) => heard.push(message));
        const frame = new Uint8Array([9, 9, 1, 2, 3, 9]);
        messages.hear({ id: 1, from: "bob", direct: false, data: frame.subarray(2, 5) });
        frame.fill(0);
        expect(heard[0]?.data).toEqual(new Uint8Array([1, 2, 3]));
        expect((heard[0]?.data as Uint8Array).buffer.byteLength).toBe(3);
    });
});
