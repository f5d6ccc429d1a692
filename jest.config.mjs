const swc = [
    "@swc/jest",
    { jsc: { target: "es2022", parser: { syntax: "typescript", decorators: true } }, module: { type: "commonjs" }, sourceMaps: "inline" },
];

/** One Jest project. Babylon's packages and what is listed here are ES modules and are transformed; everything else under node_modules runs as it is. */
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
        "^babylon-rtc/suppression$": "<rootDir>/src/suppression/index.ts",
        "^babylon-rtc-server$": "<rootDir>/server/src/index.ts",
        "^(\\.{1,2}/.*)\\.js$": "$1",
    },
    modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/server/dist"],
    ...options,
});

/** Tests in real browsers. What `sound` measures has the machine to itself; the files of `e2e` run two at a time. */
const browsers = (name, folders) =>
    project(name, {
        testMatch: folders.map((folder) => `<rootDir>/test/e2e/${folder}/**/*.test.ts`),
        globalSetup: "<rootDir>/test/e2e/harness/globalSetup.ts",
        setupFilesAfterEnv: ["<rootDir>/test/e2e/harness/timeout.ts"],
    });

export default {
    projects: [
        project("unit"),
        project("scene", { testEnvironment: "<rootDir>/test/scene/audioEnvironment.cjs" }),
        project("server"),
        browsers("sound", ["sound"]),
        browsers("e2e", ["network", "ui", "guides", "packaging"]),
    ],
    reporters: ["default", "<rootDir>/test/times/timesReporter.cjs"],
    maxWorkers: 2,
};
