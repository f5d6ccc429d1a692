import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const root = resolve(__dirname, "../..");

/** One version of a package: its folder and its package.json. */
interface IStored {
    readonly folder: string;
    readonly manifest: { readonly version: string };
}

/**
 * An npm registry that serves only the packages installed in this repository. Tests can run a new user's `npm install` unchanged and without a
 * network; npm itself handles dependencies, peers and warnings. The version at the top level of `node_modules` counts as the latest.
 * Source maps, half the size of Babylon.js, are left out.
 */
export class LocalRegistry {
    private readonly _packages = new Map<string, Map<string, IStored>>();
    private readonly _server: Server;

    private constructor() {
        const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { packages: Record<string, unknown> };
        // Least nested packages first, because the first version found counts as the latest.
        for (const place of Object.keys(packages).sort((one, other) => one.split("/").length - other.split("/").length)) {
            const folder = join(root, place);
            if (place.includes("node_modules/") && existsSync(join(folder, "package.json"))) {
                const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name: string; version: string };
                const versions = this._packages.get(manifest.name) ?? new Map<string, IStored>();
                this._packages.set(manifest.name, versions.set(manifest.version, versions.get(manifest.version) ?? { folder, manifest }));
            }
        }
        this._server = createServer((request, response) => this._answer(decodeURIComponent(request.url ?? ""), response));
    }

    /** Starts a registry on a free port. The caller closes it. */
    public static async StartAsync(): Promise<LocalRegistry> {
        const registry = new LocalRegistry();
        await new Promise<void>((listening) => registry._server.listen(0, "127.0.0.1", listening));
        return registry;
    }

    /** URL of the registry, for `npm_config_registry`. */
    public get url(): string {
        return `http://127.0.0.1:${(this._server.address() as AddressInfo).port}/`;
    }

    /** Stops the registry and closes all connections. */
    public async closeAsync(): Promise<void> {
        const closed = new Promise((resolve) => this._server.close(resolve));
        this._server.closeAllConnections();
        await closed;
    }

    private _answer(path: string, response: ServerResponse): void {
        const [, name = "", version] = /^\/((?:@[^/]+\/)?[^/]+)(?:\/-\/(.+)\.tgz)?$/.exec(path) ?? [];
        const versions = this._packages.get(name);
        const stored = version === undefined ? undefined : versions?.get(version);
        if (!versions || (version !== undefined && !stored)) {
            response.writeHead(404, { "Content-Type": "application/json" }).end('{"error":"not installed in the repository"}');
        } else if (stored) {
            const tar = spawn("tar", ["-c", "--exclude=./node_modules", "--exclude=*.map", "--transform=s,^\\.,package,", "."], {
                cwd: stored.folder,
                stdio: ["ignore", "pipe", "inherit"],
            });
            tar.stdout.pipe(response.writeHead(200, { "Content-Type": "application/octet-stream" }));
        } else {
            const [latest] = versions.keys();
            const all = [...versions].map(([each, { manifest }]) => [
                each,
                { ...manifest, dist: { tarball: `${this.url}${name}/-/${each}.tgz` } },
            ]);
            response
                .writeHead(200, { "Content-Type": "application/json" })
                .end(JSON.stringify({ name, "dist-tags": { latest }, versions: Object.fromEntries(all) as unknown }));
        }
    }
}
