import { callRate } from "../../../protocol/callOrder.js";
import { CallBook, calleeRate, candidateRate } from "../../../server/src/signalling/callBook.js";

const end = (id: string, peerId = `${id}'s`): { id: string; pass: { peerId: string } } => ({ id, pass: { peerId } });
const alice = end("alice");
const bob = end("bob");
const carol = end("carol");

describe("CallBook", () => {
    let now: number;
    let book: CallBook;
    beforeEach(() => {
        now = 0;
        book = new CallBook(() => now);
    });
    const passedOf = (count: number, take: () => boolean): number => Array.from({ length: count }, take).filter(Boolean).length;

    it("rate-limits the calls of a pair, also after the caller has joined again", () => {
        expect(passedOf(60, () => book.offer(bob, alice, "mc"))).toBe(callRate.burst);
        expect(book.offer(end("bob", "entered again"), alice, "mc")).toBe(false);
        expect(book.offer(carol, alice, "mc")).toBe(true);
        now += 1000 / callRate.perSecond;
        expect(passedOf(20, () => book.offer(bob, alice, "mc"))).toBe(1);
    });

    it("limits the calls to one user, regardless of the number of callers", () => {
        const calls = Array.from({ length: 10 }, (_, index) => passedOf(30, () => book.offer(end(`guest ${index}`), alice, "mc")));
        expect(calls.reduce((sum, count) => sum + count)).toBe(calleeRate.burst);
        expect(book.offer(bob, carol, "mc")).toBe(true);
    });

    it("accepts one answer, from the called peer, to the newest call", () => {
        book.offer(bob, alice, "old");
        book.offer(bob, alice, "new");
        expect(book.answer(bob, alice, "new")).toBe(false);
        expect(book.answer(carol, bob, "new")).toBe(false);
        expect(book.answer(alice, bob, "old")).toBe(false);
        expect(book.answer(alice, end("bob", "entered again"), "new")).toBe(false);
        expect(book.answer(alice, bob, "new")).toBe(true);
        expect(book.answer(alice, bob, "new")).toBe(false);
    });

    it("counts candidates by pair and direction", () => {
        expect(passedOf(1000, () => book.candidate(bob, alice))).toBe(candidateRate.burst);
        expect(book.candidate(alice, bob)).toBe(true);
        expect(book.candidate(bob, carol)).toBe(true);
        now += 1000;
        expect(passedOf(1000, () => book.candidate(bob, alice))).toBe(candidateRate.perSecond);
    });

    it("stores up to 8192 pairs, and evicts the least recently used one", () => {
        book.offer(bob, alice, "kept");
        book.offer(carol, alice, "forgotten");
        for (let index = 0; index < 20_000; index += 1) {
            book.candidate(end(`guest ${index}`), carol);
            book.candidate(bob, alice);
        }
        expect(book.size).toBe(8192);
        expect(book.answer(alice, bob, "kept")).toBe(true);
        expect(book.answer(alice, carol, "forgotten")).toBe(false);
    });
});
