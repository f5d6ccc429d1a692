import js from "@eslint/js";
import globals from "globals";
import tseslint from "typescript-eslint";

/** Forbids an import in both of its forms: `import … from "x"` and `import("x")`. */
function forbid(files, ignores, pattern, message) {
    return {
        name: `walls: ${message}`,
        files,
        ignores,
        rules: {},
        wall: { pattern, message },
    };
}

const layers = ["room", "transport", "capture", "spatial"];
const siblings = (layer) => layers.filter((other) => other !== layer).join("|");

// DESIGN: index → rtcPlugin → rtc → { room, transport, capture, spatial } → { audio, rtcError, interop }; gui sees the public contract only.
const walls = [
    ...layers.map((layer) =>
        forbid(
            [`src/${layer}/**`],
            [],
            `^(\\.\\./)+((${siblings(layer)}|rtc|gui)/|index|rtcPlugin)`,
            `${layer} knows nothing of its siblings or of what stands above it.`,
        ),
    ),
    forbid(
        ["src/audio/**", "src/interop/**", "src/rtcError.ts"],
        [],
        `^(\\.\\./|\\./)+(${layers.join("|")}|rtc|gui|index|rtcPlugin)(/|\\.js)`,
        "The ground floor imports nothing above it.",
    ),
    forbid(["src/rtc/**"], [], `^(\\.\\./)+(gui/|index|rtcPlugin)`, "rtc imports neither the composition root nor the gui."),
    forbid(["src/gui/**"], [], `^(\\.\\./)+(?!index\\.js)`, "gui imports the public contract only."),
    forbid(["src/suppression/**"], [], `^(\\.\\./)+(?!index\\.js)`, "suppression imports the public contract only."),
    forbid(["src/**"], ["src/suppression/**"], `^@sapphi-red/`, "Only suppression imports the noise suppressor."),
    forbid(["src/**"], ["src/gui/**"], `^@babylonjs/gui`, "Only gui imports @babylonjs/gui."),
    forbid(["src/**"], ["src/transport/peerJs/**"], `^peerjs$`, "Only transport/peerJs imports peerjs."),
    forbid(
        ["src/**"],
        ["src/interop/**"],
        `^@colyseus/`,
        "Only interop/serverRoom imports Colyseus' client, for room and transport/peerJs.",
    ),
    forbid(["src/**", "test/**", "samples/**"], [], `^rxjs/internal`, "Import rxjs from its public entries."),
    forbid(["src/**"], [], `^@babylonjs/(core|gui)(?!/.*\\.js$)`, "Import Babylon by the full path with .js."),
    forbid(["samples/**"], [], `(^|/)(\\.\\./)+src/`, "Samples use the public packages as a user would."),
];

/** Flat config lets the last `no-restricted-imports` win, so the walls that apply to one set of files are merged here. */
function wallsFor(files, ignores = []) {
    const applying = walls.filter(
        (w) => w.files.some((f) => files.some((g) => covers(f, g))) && !w.ignores.some((i) => files.some((g) => covers(i, g))),
    );
    return {
        name: `walls for ${files.join(", ")}`,
        files,
        ignores,
        rules: {
            "no-restricted-imports": "off",
            "@typescript-eslint/no-restricted-imports": [
                "error",
                {
                    patterns: [
                        ...applying.map((w) => ({ regex: w.wall.pattern, message: w.wall.message })),
                        ...(files.some((f) => f.startsWith("src/"))
                            ? [
                                  {
                                      regex: `^(\\.\\./)+server/src/protocol`,
                                      allowTypeImports: true,
                                      message: "The browser takes only types from the server's protocol.",
                                  },
                              ]
                            : []),
                    ],
                },
            ],
            "no-restricted-syntax": [
                "error",
                ...applying.map((w) => ({
                    selector: `ImportExpression > Literal[value=/${w.wall.pattern.replaceAll("/", "\\/")}/]`,
                    message: w.wall.message,
                })),
                ...(files.some((f) => f.startsWith("src/"))
                    ? [{ selector: "ExportDefaultDeclaration", message: "Named exports only." }]
                    : []),
                ...(files.some((f) => /^src\/(room|transport|rtc|interop|gui)/.test(f))
                    ? [
                          {
                              selector:
                                  "NewExpression[callee.name=/^(AudioContext|OfflineAudioContext|(Gain|Analyser|Panner|Oscillator|AudioWorklet|MediaStream\\w+)Node)$/]",
                              message: "Only spatial, capture and audio touch WebAudio.",
                          },
                      ]
                    : []),
            ],
        },
    };
}
function covers(outer, inner) {
    return inner.startsWith(outer.replace(/\*\*.*$/, ""));
}

export default tseslint.config(
    { ignores: ["**/dist/**", "**/node_modules/**", "coverage/**", "docs-site/**"] },
    js.configs.recommended,
    {
        files: ["**/*.{js,mjs,cjs}"],
        languageOptions: { globals: { ...globals.node } },
    },
    {
        // It runs in the Playground.
        files: ["samples/playground/createScene.js"],
        languageOptions: { globals: { ...globals.browser, BABYLON: "readonly", BABYLONRTC: "readonly", engine: "readonly" } },
    },
    {
        files: ["**/*.ts"],
        extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
            "@typescript-eslint/explicit-member-accessibility": ["error", { accessibility: "explicit" }],
            "@typescript-eslint/explicit-module-boundary-types": "error",
            "@typescript-eslint/naming-convention": [
                "error",
                { selector: "interface", format: ["PascalCase"], prefix: ["I"], filter: { regex: "^Window$", match: false } },
                {
                    selector: "memberLike",
                    modifiers: ["private"],
                    format: ["camelCase", "PascalCase"],
                    leadingUnderscore: "require",
                    filter: { regex: "^constructor$", match: false },
                },
            ],
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
            "@typescript-eslint/no-extraneous-class": "off",
            "@typescript-eslint/unified-signatures": "off",
            "no-console": "error",
        },
    },
    { files: ["server/src/cli.ts", "samples/**", "bench/**", "test/**", "tools/**"], rules: { "no-console": "off" } },
    {
        // Babylon's materials are declared through mixins and its option classes are filled from literals, which the rule takes for strangers.
        files: ["samples/**/*.ts", "src/gui/**/*.ts", "test/unit/gui/**/*.ts"],
        rules: { "@typescript-eslint/no-unsafe-class-instance-assignment": "off" },
    },
    {
        files: ["test/**/*.ts", "bench/**/*.ts"],
        rules: {
            "@typescript-eslint/explicit-member-accessibility": "off",
            "@typescript-eslint/unbound-method": "off",
            "@typescript-eslint/require-await": "off",
        },
    },
    ...["room", "transport", "capture", "spatial", "rtc", "audio", "interop", "gui", "suppression"].map((folder) =>
        wallsFor([`src/${folder}/**/*.ts`], folder === "transport" ? ["src/transport/peerJs/**"] : []),
    ),
    wallsFor(["src/transport/peerJs/**/*.ts"]),
    wallsFor(["src/rtcError.ts"]),
    wallsFor(["src/index.ts", "src/rtcPlugin.ts"]),
    wallsFor(["samples/**/*.ts"]),
);
