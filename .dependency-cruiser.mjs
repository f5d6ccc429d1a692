/** Files that need no importer: package exports, programs started by webpack, Node or the Playground, and ambient types. */
const entries = [
    "^src/(index|gui/index|space/index|suppression/index|testing/index)\\.ts$",
    "^server/src/(index|cli)\\.ts$",
    "^samples/(arena|check|hello|bots)/main\\.ts$",
    "^samples/start\\.mjs$",
    "^samples/playground/(build\\.mjs|createScene\\.js)$",
    "^samples/styles\\.d\\.ts$",
    "^src/interop/colyseusClient\\.d\\.ts$",
];

/**
 * Allowed imports between folders: `index → rtcPlugin → rtc → { room, transport, capture, spatial } → audio → interop → errors → protocol`.
 * Static imports, `export … from`, `import()` and type imports all count. Each rule's comment says what to do instead.
 * @type {import("dependency-cruiser").IConfiguration}
 */
export default {
    forbidden: [
        {
            name: "layers-stand-apart",
            comment:
                "room, transport, capture and spatial import themselves, audio, interop, errors and protocol only. What joins two of them belongs in rtc.",
            severity: "error",
            from: { path: "^src/(room|transport|capture|spatial)/" },
            to: { path: "^src/", pathNot: ["^src/$1/", "^src/(audio|interop)/", "^src/errors/"] },
        },
        {
            name: "audio-below-the-layers",
            comment: "audio imports itself, interop, errors and protocol only. Let the layer above pass in what audio needs.",
            severity: "error",
            from: { path: "^src/audio/" },
            to: { path: "^src/", pathNot: ["^src/(audio|interop)/", "^src/errors/"] },
        },
        {
            name: "interop-below-audio",
            comment: "interop imports itself and errors only. Let the caller pass in what interop needs.",
            severity: "error",
            from: { path: "^src/interop/" },
            to: { path: "^src/", pathNot: ["^src/interop/", "^src/errors/"] },
        },
        {
            name: "errors-at-the-bottom",
            comment: "errors imports itself and protocol only. Move the code that needs more to the folder that throws the error.",
            severity: "error",
            from: { path: "^src/errors/" },
            to: { path: "^src/", pathNot: "^src/errors/" },
        },
        {
            name: "rtc-below-the-plugin",
            comment: "rtc imports neither the composition root nor an entry. Let rtcPlugin pass in what rtc needs.",
            severity: "error",
            from: { path: "^src/rtc/" },
            to: { path: ["^src/(index|rtcPlugin|serverParts|pluginLog|pluginScene)\\.ts$", "^src/(gui|space|suppression|testing)/"] },
        },
        {
            name: "index-is-for-users",
            comment: "Only users, gui, space, suppression and testing import index.ts. Import the file that declares the name.",
            severity: "error",
            from: { path: "^src/", pathNot: "^src/(gui|space|suppression|testing)/" },
            to: { path: "^src/index\\.ts$" },
        },
        {
            name: "entries-use-the-contract",
            comment:
                "gui, space, suppression and testing import themselves, src/index.ts and the limits of protocol only. Export from index.ts what they need, or do without.",
            severity: "error",
            from: { path: "^src/(gui|space|suppression|testing)/" },
            to: { path: "^(src|server/src|protocol)/", pathNot: ["^src/$1/", "^src/index\\.ts$", "^protocol/limits\\.ts$"] },
        },
        {
            name: "entries-are-optional",
            comment: "Nothing else in src imports gui, space, suppression or testing: they cost nothing unless an app imports them.",
            severity: "error",
            from: { path: "^src/", pathNot: "^src/(gui|space|suppression|testing)/" },
            to: { path: "^src/(gui|space|suppression|testing)/" },
        },
        {
            name: "gui-kit-knows-no-voice",
            comment: "gui/kit imports itself, accessibility and texts only: what knows of voices or rooms belongs to a part of the screen.",
            severity: "error",
            from: { path: "^src/gui/kit/" },
            to: { path: "^src/", pathNot: "^src/(gui/(kit|accessibility|texts)/|index\\.ts$)" },
        },
        {
            name: "gui-mirror-and-texts-below-all",
            comment: "gui/accessibility and gui/texts import themselves and the public contract only.",
            severity: "error",
            from: { path: "^src/gui/(accessibility|texts)/" },
            to: { path: "^src/", pathNot: ["^src/gui/$1/", "^src/index\\.ts$"] },
        },
        {
            name: "babylon-gui-in-gui",
            comment: "Only gui imports @babylonjs/gui. Move what draws controls to src/gui.",
            severity: "error",
            from: { path: "^src/", pathNot: "^src/gui/" },
            to: { path: "(^|node_modules/)@babylonjs/gui(/|$)" },
        },
        {
            name: "suppressor-in-suppression",
            comment: "Only suppression imports @sapphi-red/web-noise-suppressor. Use an IAudioProcessor elsewhere.",
            severity: "error",
            from: { path: "^src/", pathNot: "^src/suppression/" },
            to: { path: "(^|node_modules/)@sapphi-red/" },
        },
        {
            name: "debug-in-its-log",
            comment: "Only pluginLog imports debug: it loads on demand. Use interop/debugLog elsewhere.",
            severity: "error",
            from: { path: "^src/", pathNot: "^src/pluginLog\\.ts$" },
            to: { path: "(^|node_modules/)(@types/)?debug(/|$)" },
        },
        {
            name: "peerjs-in-its-transport",
            comment: "Only transport/mesh imports peerjs. Use IVoiceTransport elsewhere.",
            severity: "error",
            from: { path: "^src/", pathNot: "^src/transport/mesh/" },
            to: { path: "(^|node_modules/)peerjs(/|$)" },
        },
        {
            name: "control-and-planes-stand-apart",
            comment:
                "transport/control and the media planes (mesh, sfu) do not import each other, nor what joins them: a plane gets a verdict for each peer, not the rules behind it.",
            severity: "error",
            from: { path: "^src/transport/(control|mesh|sfu)/" },
            to: {
                path: "^src/transport/(control/|mesh/|sfu/|voiceSession\\.ts|serverTransport\\.ts)",
                pathNot: "^src/transport/$1/",
            },
        },
        {
            name: "planes-know-no-rules",
            comment:
                "A media plane knows neither the wire of the RTC room nor its client, except for the rules of calls: who calls, and how often.",
            severity: "error",
            from: { path: "^src/transport/(mesh|sfu)/" },
            to: { path: "^(protocol/(?!iceServers|callOrder)|src/interop/server)" },
        },
        {
            name: "colyseus-in-interop",
            comment:
                "Only interop/colyseusClient imports Colyseus' client: the package carries a bundle of it. Use interop/serverRoom elsewhere.",
            severity: "error",
            from: { path: "^src/", pathNot: "^src/interop/colyseusClient\\." },
            to: { path: "(^|node_modules/)@colyseus/" },
        },
        {
            name: "rxjs-by-public-entries",
            comment: 'Import from "rxjs", not from its internal files.',
            severity: "error",
            from: {},
            to: { path: ["^rxjs/internal", "node_modules/rxjs/.+/internal/"] },
        },
        {
            name: "protocol-below-all",
            comment: "protocol imports itself only. Both packages compile it in.",
            severity: "error",
            from: { path: "^protocol/" },
            to: { path: "^(src|server|samples|test|bench|tools)/" },
        },
        {
            name: "schemas-on-the-server",
            comment:
                "The browser takes types, limits, the form of names, the check of ICE servers and who calls whom from protocol, not schemas: the server validates.",
            severity: "error",
            from: { path: "^src/" },
            to: {
                path: ["^protocol/", "(^|node_modules/)valibot(/|$)"],
                pathNot: "^protocol/(wire|limits|text|iceServers|callOrder)\\.ts$",
            },
        },
        {
            name: "server-by-its-protocol",
            comment: "The browser imports nothing of the server. What both need goes over the wire: it belongs in protocol.",
            severity: "error",
            from: { path: "^src/" },
            to: { path: "^server/" },
        },
        {
            name: "samples-are-users",
            comment: 'Samples use the public packages as a user would. Import "babylon-rtc", "babylon-rtc/gui", … by name.',
            severity: "error",
            from: { path: "^samples/" },
            to: { path: "^(src|server/src)/", dependencyTypesNot: ["aliased-tsconfig-paths"] },
        },
        {
            name: "no-circles",
            comment:
                "Files do not import each other in a circle, types included. Move what both need to a file of its own, or fold one into the other.",
            severity: "error",
            from: {},
            to: { circular: true },
        },
        {
            name: "no-orphans",
            comment:
                "No entry leads to this file. Delete it, import it, or add it to the entries in .dependency-cruiser.mjs if a tool starts it.",
            severity: "error",
            from: { path: entries },
            to: { path: "^(src|server/src|protocol|samples)/", pathNot: entries, reachable: false },
        },
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        exclude: { path: "^(server/)?dist/" },
        skipAnalysisNotInRules: true,
        // Type imports count too.
        tsPreCompilationDeps: true,
        // Resolves babylon-rtc and babylon-rtc-server in samples and tests.
        tsConfig: { fileName: "tsconfig.json" },
    },
};
