const swc = [
    "@swc/jest",
    { jsc: { target: "es2022", parser: { syntax: "typescript", decorators: true } }, module: { type: "commonjs" }, sourceMaps: "inline" },
];

/** One Jest project. Babylon and the other packages listed here are ES modules and are transformed. All other packages in node_modules run unchanged. */
const project = (name, options = {}) => ({
    displayName: name,
    rootDir: ".",
    testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
    testEnvironment: "<rootDir>/test/times/timedEnvironment.cjs",
    transform: { "^.+\\.(ts|js|mjs)$": swc },
    transformIgnorePatterns: ["/node_modules/(?!(@babylonjs|jose|rou3|@noble/hashes|@standard-schema)/)"],
    moduleNameMapper: {
        "^babylon-rtc$": "<rootDir>/src/index.ts",
        "^babylon-rtc/gui$": "<rootDir>/src/gui/index.ts",
        "^babylon-rtc/space$": "<rootDir>/src/space/index.ts",
        "^babylon-rtc/suppression$": "<rootDir>/src/suppression/index.ts",
        "^babylon-rtc-server$": "<rootDir>/server/src/index.ts",
        "^(\\.{1,2}/.*)\\.js$": "$1",
    },
    modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/server/dist"],
    ...options,
});

/** A lane of browser tests: the files that match the patterns below test/e2e. */
const browsers = (name, patterns) =>
    project(name, {
        testMatch: patterns.map((pattern) => `<rootDir>/test/e2e/${pattern}.test.ts`),
        globalSetup: "<rootDir>/test/e2e/harness/globalSetup.ts",
        setupFilesAfterEnv: ["<rootDir>/test/e2e/harness/timeout.ts"],
    });
const drawnGuides = "{devices,look-and-feel,xr}";

export default {
    projects: [
        project("unit"),
        project("scene", { testEnvironment: "<rootDir>/test/scene/audioEnvironment.cjs" }),
        // Development mode by default: clients without an identity join as guests.
        project("server", { setupFiles: ["<rootDir>/test/server/development.cjs"] }),
        // Tests of sound and timing run alone, also in Firefox. Pages that render run alone too: without a GPU, rendering uses both cores.
        browsers("sound", ["sound/!(suppression)", "network/{renewal,reconnection}"]),
        browsers("firefox", ["firefox/*"]),
        browsers("drawn", ["ui/*", `guides/${drawnGuides}`, "packaging/playground"]),
        // All other files run two at a time, because most of them wait for the network or a timer.
        browsers("waiting", [
            "network/!(renewal|reconnection)",
            `guides/!(${drawnGuides.slice(1, -1).replaceAll(",", "|")})`,
            "packaging/{apps,serverGuides,testedApp}",
            "sound/suppression",
        ]),
        // These tests need network namespaces, devices and root. Only `npm run test:network` and `npm run test:soak` run them.
        ...["network", "soak"].map((name) =>
            project(name, {
                globalSetup: "<rootDir>/test/e2e/harness/globalSetup.ts",
                setupFilesAfterEnv: ["<rootDir>/test/e2e/harness/timeout.ts"],
            }),
        ),
    ],
    reporters: ["default", "<rootDir>/test/times/timesReporter.cjs"],
    maxWorkers: 2,
};
