import js from "@eslint/js";
import globals from "globals";
import tseslint from "typescript-eslint";

// Import rules between folders are in .dependency-cruiser.mjs.
const fullPath = "Import Babylon by the full path with .js.";
const inSources = [
    { selector: "ExportDefaultDeclaration", message: "Named exports only." },
    { selector: "ImportExpression > Literal[value=/^@babylonjs\\/(core|gui)(?!\\/.*\\.js$)/]", message: fullPath },
];

// Names of WebAudio's nodes without `Node`, as in `new GainNode()`, or without `create`, as in `context.createGain()`.
const audioNodes =
    "Analyser|(Audio)?BufferSource|BiquadFilter|Channel(Merger|Splitter)|ConstantSource|Convolver|Delay|DynamicsCompressor|Gain|IIRFilter|" +
    "MediaElement(Audio)?Source|MediaStream(Track)?(Audio)?(Source|Destination)|Oscillator|(Stereo)?Panner|WaveShaper";
const audioOnly = "Only spatial, capture, audio and suppression make WebAudio nodes.";

export default tseslint.config(
    { ignores: ["**/dist/**", "**/node_modules/**", "coverage/**", "docs-site/**"] },
    js.configs.recommended,
    {
        files: ["**/*.{js,mjs,cjs}"],
        languageOptions: { globals: { ...globals.node } },
    },
    {
        // This file runs in the Playground.
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
            "@typescript-eslint/parameter-properties": ["error", { prefer: "class-property" }],
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
            "@typescript-eslint/no-extraneous-class": "off",
            "@typescript-eslint/unified-signatures": "off",
            "no-console": "error",
        },
    },
    { files: ["server/src/cli.ts", "samples/**", "bench/**", "test/**", "tools/**"], rules: { "no-console": "off" } },
    {
        // Babylon declares materials through mixins and fills option classes from literals. The rule reports both as unrelated types.
        files: ["samples/**/*.ts", "src/gui/**/*.ts", "test/unit/gui/**/*.ts"],
        rules: { "@typescript-eslint/no-unsafe-class-instance-assignment": "off" },
    },
    {
        // Fakes resolve immediately where the real implementations wait.
        files: ["src/testing/**/*.ts"],
        rules: { "@typescript-eslint/require-await": "off" },
    },
    {
        files: ["test/**/*.ts", "bench/**/*.ts"],
        rules: {
            "@typescript-eslint/explicit-member-accessibility": "off",
            "@typescript-eslint/unbound-method": "off",
            "@typescript-eslint/require-await": "off",
        },
    },
    {
        files: ["src/**/*.ts"],
        rules: {
            "no-restricted-imports": ["error", { patterns: [{ regex: "^@babylonjs/(core|gui)(?!/.*\\.js$)", message: fullPath }] }],
            "no-restricted-syntax": ["error", ...inSources],
        },
    },
    {
        files: ["src/**/*.ts"],
        ignores: ["src/{spatial,capture,audio,suppression}/**"],
        rules: {
            "no-restricted-syntax": [
                "error",
                ...inSources,
                {
                    selector: `NewExpression[callee.name=/^((Offline)?AudioContext|(${audioNodes}|AudioWorklet)Node)$/]`,
                    message: audioOnly,
                },
                { selector: `CallExpression[callee.property.name=/^create(${audioNodes}|ScriptProcessor)$/]`, message: audioOnly },
            ],
        },
    },
);
