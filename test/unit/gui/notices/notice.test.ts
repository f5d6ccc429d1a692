import { errorNotice, isNews, noticesToShow, standingNotice, statusText } from "../../../../src/gui/notices/notice.js";
import type { IConditions, INotice } from "../../../../src/gui/notices/notice.js";
import { defaultTexts, resolveTexts } from "../../../../src/gui/texts/texts.js";
import { RtcError } from "../../../../src/errors/rtcError.js";

const self = { id: "a", name: "Alice", attributes: {} };
const bob = { id: "b", name: "Bob", attributes: {} };
const inRoom = { state: "inRoom", room: { id: "1", name: "lobby" }, self } as const;

const fine: IConditions = {
    status: inRoom,
    connection: "connected",
    audio: "running",
    microphone: { state: "off" },
    permission: "prompt",
    stopping: false,
    self: { muted: "no" },
    isSecure: true,
    rejoinError: null,
    canRejoin: true,
};
const full = new RtcError("roomFull", "The room is full.");
const denied = new RtcError("microphoneDenied", "No.");

describe("The standing notice", () => {
    it("is null while there is no problem", () => {
        expect(standingNotice(fine, defaultTexts)).toBeNull();
    });

    it.each<[string, Partial<IConditions>, string, string | undefined]>([
        ["being out of the room", { status: { state: "idle" } }, "Out of the room", "rejoin"],
        ["a failed attempt to come back", { status: { state: "idle" }, rejoinError: full }, "This room is full", "rejoin"],
        ["unavailable rooms", { status: { state: "notAvailable", error: full } }, "This room is full", "rejoin"],
        ["a lost connection", { connection: "lost" }, "The voice connection is lost", "rejoin"],
        ["blocked sound", { audio: "blocked" }, "The sound is off", "startAudio"],
        ["interrupted sound", { audio: "interrupted" }, "The sound is interrupted", "startAudio"],
        ["an interrupted connection", { connection: "reconnecting" }, "Reconnecting…", undefined],
        ["a room that is reconnecting", { status: { ...inRoom, reconnecting: true } }, "Reconnecting…", undefined],
        [
            "a restarting server instead of the interrupted connection",
            { stopping: true, connection: "reconnecting" },
            "The server restarts",
            undefined,
        ],
        [
            "a restarting server instead of the reconnecting room",
            { stopping: true, status: { ...inRoom, reconnecting: true } },
            "The server restarts",
            undefined,
        ],
        ["entering a room", { status: { state: "processing" } }, "Connecting…", undefined],
        ["the browser's permission prompt", { microphone: { state: "asking" } }, "May we use your microphone?", undefined],
        [
            "a denied microphone",
            { microphone: { state: "failed", error: denied } },
            defaultTexts.errors.microphoneDenied.title,
            "startAudio",
        ],
        [
            "an insecure page that gets no microphone, where a retry does not help",
            { isSecure: false, microphone: { state: "failed", error: new RtcError("unsupported", "No.") } },
            "No microphone here",
            undefined,
        ],
        [
            "a microphone that fails for another reason",
            { microphone: { state: "failed", error: new RtcError("unsupported", "No.") } },
            defaultTexts.errors.unsupported.title,
            "startAudio",
        ],
        ["a moderator's mute", { self: { muted: "moderator" } }, "A moderator muted you", undefined],
    ])("reports %s, with the action that helps", (_what, change, title, does) => {
        const notice = standingNotice({ ...fine, ...change }, defaultTexts);
        expect(notice).toMatchObject({ title, passing: false });
        expect(notice?.action?.does).toBe(does);
    });

    it.each<[string, Partial<IConditions>]>([
        ["a microphone that the browser grants without a prompt", { microphone: { state: "asking" }, permission: "granted" }],
        ["an announced restart of the server while the connection works", { stopping: true }],
    ])("does not report %s", (_what, change) => {
        expect(standingNotice({ ...fine, ...change }, defaultTexts)).toBeNull();
    });

    it.each<[string, Partial<IConditions>]>([
        ["being out of the room", { status: { state: "idle" } }],
        ["unavailable rooms", { status: { state: "notAvailable", error: full } }],
        ["a lost connection", { connection: "lost" }],
    ])("reports %s without a button, if no button can rejoin the room", (_what, change) => {
        const notice = standingNotice({ ...fine, ...change, canRejoin: false }, defaultTexts);
        expect(notice?.title).toBeTruthy();
        expect(notice?.action).toBeUndefined();
    });

    it.each<[Partial<IConditions>, string]>([
        [{}, "Come back"],
        [{ rejoinError: full }, "Try again"],
    ])("offers to come back, or to try again after a failure", (change, label) => {
        expect(standingNotice({ ...fine, status: { state: "idle" }, ...change }, defaultTexts)?.action?.label).toBe(label);
    });

    it("reports the most urgent condition", () => {
        const conditions: IConditions = { ...fine, connection: "lost", audio: "blocked", self: { muted: "moderator" } };
        expect(standingNotice(conditions, defaultTexts)?.kind).toBe("lost");
    });

    it("uses the app's texts", () => {
        const texts = resolveTexts({ notices: { reconnecting: { title: "Moment…", advice: "Gleich." } } });
        expect(standingNotice({ ...fine, connection: "reconnecting" }, texts)?.title).toBe("Moment…");
    });
});

describe("Passing notices", () => {
    const passing = (kind: string): INotice => ({ kind, title: kind, advice: "", passing: true });

    it("report errors, except those that a standing notice reports", () => {
        const link = new RtcError("linkFailed", "No path.");
        expect(isNews(link)).toBe(true);
        expect(isNews(denied)).toBe(false);
        expect(errorNotice(link, defaultTexts)).toEqual({ kind: "linkFailed", ...defaultTexts.errors.linkFailed, passing: true });
    });

    it("follow the standing notice, newest first, each kind once, and up to the limit", () => {
        const standing: INotice = { ...passing("b"), passing: false };
        const shown = noticesToShow(standing, ["z", "a", "b", "c", "d"].map(passing), 4);
        expect(shown.map(({ kind }) => kind)).toEqual(["b", "d", "c", "a"]);
        expect(shown[0]).toBe(standing);
    });
});

describe("The status text for screen readers", () => {
    const members = new Map([self, bob].map((member) => [member.id, member]));
    const place = { status: inRoom, connection: "connected", members, self: { muted: "no", deafened: false } } as const;

    it.each([
        [{}, "In room lobby. With you: Bob."],
        [{ members: new Map([["a", self]]) }, "In room lobby. Nobody else is here."],
        [{ self: { muted: "moderator", deafened: true } as const }, "In room lobby. With you: Bob. You are muted. You hear nobody."],
        [{ connection: "reconnecting" as const }, ""],
        [{ status: { state: "idle" } as const }, ""],
    ])("with %j is %j", (change, words) => {
        expect(statusText({ ...place, ...change }, defaultTexts)).toBe(words);
    });
});
