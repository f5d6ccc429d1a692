import { hasRedundancy, withOpusSettings, withSendMode, withinOpusSettings } from "../../../../src/transport/mesh/opusSdp.js";
import { defaultOpusSettings } from "../../../../src/transport/opusSettings.js";
import { chromiumOffer, firefoxOffer, lines, weriftOffer } from "./sampleSdp.js";

const settings = defaultOpusSettings;
const offers = [
    { browser: "Chromium", sdp: chromiumOffer, payloadType: 111 },
    { browser: "Firefox", sdp: firefoxOffer, payloadType: 109 },
    { browser: "werift", sdp: weriftOffer, payloadType: 96 },
];

/** The Opus parameters of a description, by name. Throws unless there is exactly one line of them, without repeated names. */
function parametersOf(sdp: string, payloadType: number): Record<string, string> {
    const found = sdp.split("\r\n").filter((line) => line.startsWith(`a=fmtp:${payloadType} `));
    expect(found).toHaveLength(1);
    const all = (found[0] ?? "").replace(/^\S+ /, "").split(";");
    const byName = Object.fromEntries(all.map((each) => each.split("=", 2) as [string, string]));
    expect(Object.keys(byName)).toHaveLength(all.length);
    return byName;
}

const feedback = "a=rtcp-fb:111 transport-cc";

const othersOf = (sdp: string, payloadType: number): string[] =>
    sdp.split("\r\n").filter((line) => !line.startsWith(`a=fmtp:${payloadType} `));

describe("withOpusSettings", () => {
    it.each(offers)("asks $browser for mono, FEC, DTX and the bitrate", ({ sdp, payloadType }) => {
        expect(parametersOf(withOpusSettings(sdp, settings), payloadType)).toMatchObject({
            stereo: "0",
            "sprop-stereo": "0",
            useinbandfec: "1",
            usedtx: "1",
            minptime: "10",
            maxaveragebitrate: "32000",
        });
    });

    it.each(offers)("keeps all other lines of $browser's description in order, except transport-cc", ({ sdp, payloadType }) => {
        expect(othersOf(withOpusSettings(sdp, settings), payloadType)).toEqual(
            othersOf(sdp, payloadType).filter((line) => line !== feedback),
        );
    });

    it("removes transport-wide congestion control, which estimates bitrates for video", () => {
        const extension = "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
        const [level, nack] = ["a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=rtcp-fb:111 nack"];
        const of = (...more: string[]): string => lines("m=audio 9 X 111", ...more, "a=rtpmap:111 opus/48000/2");
        expect(withOpusSettings(of(level, extension, feedback, nack), settings)).toBe(withOpusSettings(of(level, nack), settings));
        expect(withOpusSettings(of("a=extmap:7/sendrecv x-transport-wide-cc-extensions-01"), settings)).toBe(
            withOpusSettings(of(), settings),
        );
    });

    it.each(offers)("is idempotent for $browser's description", ({ sdp }) => {
        const once = withOpusSettings(sdp, settings);
        expect(withOpusSettings(once, settings)).toBe(once);
    });

    it("replaces an earlier bitrate", () => {
        const twice = withOpusSettings(withOpusSettings(chromiumOffer, settings), { ...settings, bitrate: 20_000.4 });
        expect(parametersOf(twice, 111).maxaveragebitrate).toBe("20000");
    });

    it("keeps unknown parameters", () => {
        expect(parametersOf(withOpusSettings(firefoxOffer, settings), 109).maxplaybackrate).toBe("48000");
    });

    it("adds the parameters right after the codec if there were none", () => {
        const all = withOpusSettings(weriftOffer, settings).split("\r\n");
        expect(all[all.indexOf("a=rtpmap:96 OPUS/48000/2") + 1]).toMatch(/^a=fmtp:96 minptime=10;/);
        expect(all.at(-1)).toBe("");
    });

    it("distinguishes payload types that begin with the same digits", () => {
        const sdp = lines(
            "m=audio 9 X 11 111",
            "a=rtpmap:111 opus/48000/2",
            "a=fmtp:111 minptime=10",
            "a=rtpmap:11 L16/44100",
            "a=fmtp:11 a=b",
        );
        expect(withOpusSettings(sdp, settings)).toContain("\r\na=fmtp:11 a=b\r\n");
        const first = lines("m=audio 9 X 11 111", "a=rtpmap:11 opus/48000/2", "a=fmtp:111 keep=1", "a=fmtp:11 minptime=3");
        expect(withOpusSettings(first, settings)).toContain("\r\na=fmtp:111 keep=1\r\na=fmtp:11 minptime=10;");
    });

    it.each([
        { written: "minptime=20; ", what: "a trailing semicolon", wanted: /^a=fmtp:111 minptime=10;useinbandfec=1;/m },
        { written: "cbr;minptime=20", what: "a parameter without a value", wanted: /^a=fmtp:111 cbr;minptime=10;/m },
        { written: "minptime=20; cbr=1", what: "spaces between parameters", wanted: /^a=fmtp:111 minptime=10;cbr=1;/m },
        { written: "x=a=b", what: "an equals sign in a value", wanted: /^a=fmtp:111 x=a=b;minptime=10;/m },
    ])("handles $what", ({ written, wanted }) => {
        const sdp = withOpusSettings(lines("a=rtpmap:111 opus/48000/2", `a=fmtp:111 ${written}`), settings);
        expect(sdp).toMatch(wanted);
        expect(sdp).not.toContain("undefined");
    });

    it("handles lines that end with a line feed only", () => {
        const bare = weriftOffer.replaceAll("\r\n", "\n");
        expect(withOpusSettings(bare, settings)).toBe(withOpusSettings(weriftOffer, settings).replaceAll("\r\n", "\n"));
    });

    it.each([
        ["a description without Opus", lines("v=0", "m=audio 9 RTP/AVP 0", "a=rtpmap:0 PCMU/8000")],
        ["a description without audio", lines("v=0", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:0")],
        ["an empty description", ""],
    ])("leaves %s unchanged", (_, sdp) => {
        expect(withOpusSettings(sdp, settings)).toBe(sdp);
    });
});

describe("withOpusSettings with settings other than the defaults", () => {
    const music = { bitrate: 128_000, stereo: true, fec: false, dtx: false, frameMs: 40, adaptation: "full" } as const;

    it.each(offers)("asks $browser for stereo, no FEC, no DTX and 40 ms frames", ({ sdp, payloadType }) => {
        const asked = withOpusSettings(sdp, music);
        expect(parametersOf(asked, payloadType)).toMatchObject({
            stereo: "1",
            "sprop-stereo": "1",
            useinbandfec: "0",
            usedtx: "0",
            maxaveragebitrate: "128000",
        });
        expect(asked.split("\r\n").filter((line) => line.startsWith("a=ptime:"))).toEqual(["a=ptime:40"]);
        expect(withOpusSettings(asked, music)).toBe(asked);
        expect(withOpusSettings(asked, settings)).toContain("\r\na=ptime:20\r\n");
    });

    it("sets ptime in the audio section, even if another section follows", () => {
        const sdp = lines("v=0", "m=audio 9 X 111", "a=rtpmap:111 opus/48000/2", "m=video 9 X 96", "a=ptime:20", "a=rtpmap:96 VP8/90000");
        const all = withOpusSettings(sdp, music).split("\r\n");
        expect(all.indexOf("a=ptime:40")).toBeLessThan(all.indexOf("m=video 9 X 96"));
        expect(all).toContain("a=ptime:20");
    });
});

describe("withinOpusSettings", () => {
    const hungry = { ...settings, bitrate: 510_000, stereo: true, frameMs: 10 } as const;

    it.each(offers)("lets $browser's page request at most our send settings", ({ sdp, payloadType }) => {
        const asked = withinOpusSettings(withOpusSettings(sdp, hungry), settings);
        expect(parametersOf(asked, payloadType)).toMatchObject({ maxaveragebitrate: "32000", stereo: "0" });
        expect(asked).toContain("a=ptime:20");
    });

    it("accepts lower values, and uses our bitrate if none is requested", () => {
        const modest = withOpusSettings(chromiumOffer, { ...settings, bitrate: 12_000, frameMs: 60 });
        expect(withinOpusSettings(modest, settings)).toBe(modest);
        expect(parametersOf(withinOpusSettings(chromiumOffer, settings), 111)).toMatchObject({ maxaveragebitrate: "32000" });
        expect(withinOpusSettings(chromiumOffer, settings)).not.toContain("a=ptime:");
    });
});

describe("withSendMode", () => {
    const asked = offers.map(({ browser, sdp, payloadType }) => ({ browser, sdp: withOpusSettings(sdp, settings), payloadType }));

    it.each(asked)("leaves $browser's description unchanged in full mode", ({ sdp }) => {
        expect(withSendMode(sdp, "full")).toBe(sdp);
    });

    it.each(asked)("sets 60 ms packets at 12 kbit/s in $browser's description in narrow mode", ({ sdp, payloadType }) => {
        const narrow = withSendMode(sdp, "narrow");
        expect(parametersOf(narrow, payloadType)).toEqual({ ...parametersOf(sdp, payloadType), maxaveragebitrate: "12000" });
        expect(othersOf(narrow, payloadType).filter((line) => line !== "a=ptime:60")).toEqual(othersOf(sdp, payloadType));
        expect(narrow.split("\r\n").filter((line) => line.startsWith("a=ptime:"))).toEqual(["a=ptime:60"]);
    });

    it("does not raise a lower bitrate in narrow mode", () => {
        const low = withOpusSettings(chromiumOffer, { ...settings, bitrate: 8_000 });
        expect(parametersOf(withSendMode(low, "narrow"), 111)).toMatchObject({ maxaveragebitrate: "8000" });
    });

    it("puts RED first, at three quarters of the bitrate, in redundant mode if Chromium offers RED", () => {
        const sdp = withOpusSettings(chromiumOffer, settings);
        const redundant = withSendMode(sdp, "redundant");
        expect(redundant).toContain("m=audio 9 UDP/TLS/RTP/SAVPF 63 111 9 0 8 13 110 126\r\n");
        expect(parametersOf(redundant, 111)).toEqual({ ...parametersOf(sdp, 111), maxaveragebitrate: "24000" });
        const isOther = (line: string): boolean => !line.startsWith("m=audio");
        expect(othersOf(redundant, 111).filter(isOther)).toEqual(othersOf(sdp, 111).filter(isOther));
    });

    it.each([
        ["last", "111 9 63", "63 111 9"],
        ["already first", "63 111", "63 111"],
        ["after a payload type that ends with the same digits", "163 111 63", "63 163 111"],
    ])("puts RED first in redundant mode if it is %s", (_, types, wanted) => {
        const sdp = lines("v=0", `m=audio 9 X ${types}`, "a=rtpmap:111 opus/48000/2", "a=rtpmap:63 red/48000/2");
        expect(withSendMode(sdp, "redundant")).toBe(sdp.replace(types, wanted));
    });

    it("detects redundancy only in Chromium's description", () => {
        expect(offers.map(({ sdp }) => hasRedundancy(sdp))).toEqual([true, false, false]);
        expect(hasRedundancy(undefined)).toBe(false);
    });
});
