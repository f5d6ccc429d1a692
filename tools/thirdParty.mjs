// Lists the third-party packages in the published bundles and their licences. Run as a program, it writes THIRD-PARTY-NOTICES.md from the
// bundles in `dist`. A test compares the file with the bundles.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bundles that contain packages. Each has a source map next to it. */
export const bundles = ["dist/src/interop/colyseusClient.js", "dist/umd/babylon-rtc.umd.js", "dist/umd/babylon-rtc-gui.umd.js"];

/** Packages whose published files contain other packages that no source map lists. */
const inlined = { peerjs: ["eventemitter3"] };

/**
 * @param {Iterable<string>} paths - paths of modules, or source paths from a source map
 * @returns {string[]} the sorted names of their packages
 */
export function packagesOf(paths) {
    const names = [...paths].flatMap((path) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
    return [...new Set(names.flatMap((name) => [name, ...(inlined[name] ?? [])]))].sort();
}

/**
 * @param {string} folder - folder that contains the bundles: this repository, or an unpacked package
 * @returns {string[]} the packages in the bundles, according to their source maps
 */
export function bundledIn(folder) {
    return packagesOf(bundles.flatMap((path) => JSON.parse(readFileSync(join(folder, `${path}.map`), "utf8")).sources));
}

/**
 * @param {string} name - name of a package
 * @returns {{ version: string, license: string, text: string, copyright: string }} version, licence identifier, licence text and copyright line.
 * Throws if the package names no licence.
 */
export function licenceOf(name) {
    const folder = join(root, "node_modules", name);
    const { version, license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((each) => /^licen[cs]e(\.(md|txt))?$/i.test(each));
    if (!license) {
        throw new Error(`${name} is bundled, but names no licence. Check it before publishing.`);
    }
    const text = file ? readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim() : "";
    const by = typeof author === "string" ? author : (author?.name ?? name);
    const copyright = /^.*copyright .*\d{4}.*$/im.exec(text)?.[0].trim() ?? `Copyright (c) ${by}`;
    return { version, license, text, copyright };
}

/**
 * @param {readonly string[]} names - names of packages
 * @returns {string} the licence comment at the start of a bundle with these packages; minimizers keep it
 */
export function bannerOf(names) {
    const lines = names.map((name) => {
        const { version, license, copyright } = licenceOf(name);
        return ` * ${name} ${version}: ${license}, ${copyright}`;
    });
    return ["/*! @license", ...lines, " * Licence texts: THIRD-PARTY-NOTICES.md of the package babylon-rtc.", " */"].join("\n");
}

/**
 * @param {readonly string[]} names - names of packages
 * @returns {string} the text of THIRD-PARTY-NOTICES.md
 */
export function noticesOf(names) {
    const sections = names.map((name) => {
        const { version, license, text, copyright } = licenceOf(name);
        return `## ${name} ${version}\n\n${license}\n\n\`\`\`text\n${text || copyright}\n\`\`\`\n`;
    });
    return `# Third-party notices

The package babylon-rtc carries other people's code in bundles: Colyseus' client in \`dist/src/interop/colyseusClient.js\`, and everything that the
library needs but Babylon.js and RxJS in the files for script tags, \`dist/umd\`. These are the packages in them, and their licences.

${sections.join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const missing = bundles.filter((path) => !existsSync(join(root, path)));
    if (missing.length > 0) {
        console.error(`${missing.join(", ")} is missing. Run "npm run build" first.`);
        process.exit(1);
    }
    writeFileSync(join(root, "THIRD-PARTY-NOTICES.md"), noticesOf(bundledIn(root)));
}
