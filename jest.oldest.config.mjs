// `npm run test:oldest`: runs the unit and scene tests with the oldest supported versions of Babylon.js and RxJS.
import config from "./jest.config.mjs";

const oldest = {
    "^@babylonjs/(core|gui)/(.*)$": "@babylonjs/$1-oldest/$2",
    "^rxjs$": "rxjs-oldest",
    "^rxjs/(.*)$": "rxjs-oldest/$1",
};

const [unit, scene] = config.projects;
const versions = { ...unit, displayName: "oldest", testMatch: ["<rootDir>/test/oldest/**/*.test.ts"] };

export default {
    ...config,
    projects: [unit, scene, versions].map((project) => ({ ...project, moduleNameMapper: { ...oldest, ...project.moduleNameMapper } })),
};
