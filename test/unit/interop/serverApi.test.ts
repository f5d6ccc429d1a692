import { serverAddress } from "../../../src/interop/serverAddress.js";
import { mayLackEndpoint, postAsync, unreachable } from "../../../src/interop/serverApi.js";
import { thrownBy } from "../../fakes/thrownBy.js";

describe("serverAddress", () => {
    afterEach(() => Reflect.deleteProperty(globalThis, "location"));

    it.each([
        ["http://localhost:9000", "http://localhost:9000"],
        ["http://localhost:9000/", "http://localhost:9000"],
        ["https://Example.com", "https://example.com"],
        ["https://example.com:443/voice///", "https://example.com/voice"],
        ["https://example.com/a/b/", "https://example.com/a/b"],
        ["http://[::1]:9000", "http://[::1]:9000"],
        ["https://example.com/voice?x=1#y", "https://example.com/voice"],
        ["https://me:secret@example.com", "https://example.com"],
        [" https://example.com ", "https://example.com"],
    ])("normalizes %j", (given, address) => {
        expect(serverAddress(given)).toBe(address);
    });

    it.each([
        ["/voice", "https://game.example/voice"],
        ["", "https://game.example/play/index.html"],
        ["//voice.example", "https://voice.example"],
    ])("resolves %j relative to the page", (given, address) => {
        Object.defineProperty(globalThis, "location", { value: { href: "https://game.example/play/index.html" }, configurable: true });
        expect(serverAddress(given)).toBe(address);
    });

    it.each(["localhost:9000", "ws://localhost:9000", "file:///etc", "javascript:0", "/voice", "", "http://", "http://a b"])(
        "rejects %j with invalidArgument outside of a page",
        (given) => {
            expect(thrownBy(() => serverAddress(given))).toMatchObject({ name: "RtcError", code: "invalidArgument" });
        },
    );
});

describe("postAsync", () => {
    const { fetch } = globalThis;
    const answer = (body: unknown, status = 200): jest.Mock => {
        const fake = jest.fn(async () => new Response(typeof body === "string" ? body : JSON.stringify(body), { status }));
        globalThis.fetch = fake;
        return fake;
    };

    afterEach(() => {
        globalThis.fetch = fetch;
    });

    it("sends JSON without cookies, with an optional bearer token, and returns the JSON response", async () => {
        const fake = answer({ ok: true });
        await expect(postAsync("https://s", "/token", { room: "r" }, { bearer: "b" })).resolves.toEqual({ ok: true });
        const [address, init] = fake.mock.calls[0] as [string, RequestInit];
        expect(address).toBe("https://s/token");
        expect(init).toMatchObject({ method: "POST", credentials: "omit", body: '{"room":"r"}' });
        expect(init.headers).toEqual({ "content-type": "application/json", authorization: "Bearer b" });
        await postAsync("https://s", "/guest", {});
        expect((fake.mock.calls[1] as [string, RequestInit])[1].headers).toEqual({ "content-type": "application/json" });
    });

    it("rejects with the code of the server's error", async () => {
        answer({ error: { code: "rateLimited", message: "Slowly." } }, 429);
        await expect(postAsync("https://s", "/guest", {})).rejects.toMatchObject({ code: "serverBusy" });
    });

    describe("with a Retry-After header", () => {
        const busy = (seconds: string): Response =>
            new Response(JSON.stringify({ error: { code: "rateLimited", message: "Wait." } }), {
                status: 429,
                headers: { "Retry-After": seconds },
            });
        beforeEach(() => jest.useFakeTimers());
        afterEach(() => jest.useRealTimers());

        it("waits for the given time, and retries", async () => {
            let asked = 0;
            globalThis.fetch = jest.fn(async () => ((asked += 1) <= 2 ? busy("2") : new Response('{"ok":true}')));
            const asking = postAsync("https://s", "/enter", {});
            await jest.advanceTimersByTimeAsync(1_900);
            expect(asked).toBe(1);
            await jest.advanceTimersByTimeAsync(5_000);
            await expect(asking).resolves.toEqual({ ok: true });
            expect(asked).toBe(3);
        });

        it("rejects with serverBusy after 30 s", async () => {
            globalThis.fetch = jest.fn(async () => busy("9"));
            const failure = expect(postAsync("https://s", "/enter", {})).rejects.toMatchObject({ code: "serverBusy" });
            await jest.advanceTimersByTimeAsync(30_000);
            await failure;
            expect(jest.getTimerCount()).toBe(0);
        });

        it.each(["", "soon", "0", "-1", "3600"])("does not wait for the value %j", async (seconds) => {
            globalThis.fetch = jest.fn(async () => busy(seconds));
            await expect(postAsync("https://s", "/enter", {})).rejects.toMatchObject({ code: "serverBusy" });
            expect(globalThis.fetch).toHaveBeenCalledTimes(1);
        });

        it("stops waiting on abort", async () => {
            globalThis.fetch = jest.fn(async () => busy("9"));
            const abort = new AbortController();
            const failure = expect(postAsync("https://s", "/enter", {}, { signal: abort.signal })).rejects.toMatchObject({
                code: "aborted",
            });
            await jest.advanceTimersByTimeAsync(1_000);
            abort.abort();
            await failure;
            expect(jest.getTimerCount()).toBe(0);
        });
    });

    it("rejects with unknown for an error of another format", async () => {
        answer({ detail: "not ours" }, 500);
        await expect(postAsync("https://s", "/guest", {})).rejects.toMatchObject({ code: "unknown" });
    });

    it("rejects with serverUnreachable for a proxy's response without JSON", async () => {
        answer("<html>Bad Gateway</html>", 502);
        await expect(postAsync("https://s", "/guest", {})).rejects.toMatchObject({ code: "serverUnreachable" });
    });

    it.each([
        ["a development server's page", "<html>Not Found</html>", 404],
        ["an empty page, as from Vite", "", 404],
        ["a game's page", "<!doctype html>", 200],
        ["JSON of another server", { detail: "Not Found" }, 404],
    ])("reports that another server answers when the response is %s", async (_, body, status) => {
        answer(body, status);
        const failure = postAsync("http://localhost:5173", "/enter", {});
        const message =
            "http://localhost:5173 answers, but is not a babylon-rtc-server. Pass the address of yours, like http://localhost:9000.";
        await expect(failure).rejects.toMatchObject({ code: "serverUnreachable", message });
        // Such an answer can also come from a server of version 0.1, which lacks the endpoint.
        expect(mayLackEndpoint(await failure.catch((error: unknown) => error))).toBe(true);
    });

    it("reports no answer, rather than another server, when a proxy responds", async () => {
        answer("<html>Bad Gateway</html>", 502);
        await expect(postAsync("https://s", "/guest", {})).rejects.toThrow("No answer from https://s.");
    });

    it("names the origins option and the page's origin when the request fails in a page", async () => {
        globalThis.fetch = jest.fn(() => Promise.reject(new TypeError("Failed to fetch")));
        Object.defineProperty(globalThis, "location", { value: { origin: "https://game.example" }, configurable: true });
        try {
            const message = expect.stringMatching(/https:\/\/s\b.*`origins`.*https:\/\/game\.example/) as string;
            await expect(postAsync("https://s", "/guest", {})).rejects.toMatchObject({ code: "serverUnreachable", message });
        } finally {
            Reflect.deleteProperty(globalThis, "location");
        }
    });

    it("rejects with serverUnreachable, the address and the cause when the network fails", async () => {
        const cause = new TypeError("Failed to fetch");
        globalThis.fetch = jest.fn(() => Promise.reject(cause));
        const failure = postAsync("https://s", "/guest", {});
        await expect(failure).rejects.toMatchObject({ code: "serverUnreachable", cause });
        await expect(failure).rejects.toThrow("https://s");
    });

    it("sends no request with an aborted signal", async () => {
        const fake = answer({});
        await expect(postAsync("https://s", "/guest", {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
        expect(fake).not.toHaveBeenCalled();
    });

    it("rejects with aborted, not serverUnreachable, on abort during the request", async () => {
        globalThis.fetch = jest.fn(
            (_: unknown, init?: RequestInit) =>
                new Promise<Response>((_resolve, reject) => {
                    init?.signal?.addEventListener("abort", () => reject(new Error("aborted by signal")));
                }),
        );
        const abort = new AbortController();
        const asking = postAsync("https://s", "/guest", {}, { signal: abort.signal });
        abort.abort();
        await expect(asking).rejects.toMatchObject({ code: "aborted" });
    });
});

describe("unreachable", () => {
    it("names the server and keeps the cause", () => {
        expect(unreachable("https://s", 7)).toMatchObject({ code: "serverUnreachable", cause: 7 });
        expect(unreachable("https://s", 7).message).toContain("https://s");
    });
});
