// `npm start`: serves the samples with a development server and starts bots in the lobby.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { lanAddresses, makeCertificateAsync } from "../server/dist/server/src/config/certificate.js";
import { createRtcServer } from "../server/dist/server/src/index.js";

const usage = `Serves the samples of babylon-rtc.

  --port <number>   port to listen on                            (default: 8080)
  --bots <number>   number of speaking bots in the room          (default: 2)
  --room <name>     room of the bots                             (default: lobby)
  --https           serve HTTPS with a new certificate, as a phone or headset on the same network needs a secure page
  --origin <origin> another origin whose pages may use the server, like https://playground.babylonjs.com; can be given several times
  --help            print this text`;

const { values } = parseArgs({
    options: {
        port: { type: "string", default: "8080" },
        bots: { type: "string", default: "2" },
        room: { type: "string", default: "lobby" },
        https: { type: "boolean", default: false },
        origin: { type: "string", multiple: true, default: [] },
        help: { type: "boolean", default: false },
    },
});
if (values.help) {
    console.log(usage);
    process.exit(0);
}

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const certificate = values.https ? await makeCertificateAsync() : false;
const server = await createRtcServer({
    port: Number(values.port),
    staticDir: at("../dist/web"),
    https: certificate,
    development: true,
    origins: values.origin,
    // These rooms have no owner, so the first member cannot lock the room or remove others.
    rooms: ["lobby", values.room],
    // Guests do not outlive this process, so a random secret is enough. Set explicitly, because the server warns about a random default.
    secret: process.env.BABYLON_RTC_SECRET || randomBytes(32).toString("hex"),
}).catch((error) => {
    console.error(error.message);
    process.exit(1);
});
const folder = certificate ? await mkdtemp(join(tmpdir(), "babylon-rtc-")) : null;
const bots = Number(values.bots) > 0 ? await sendBotsAsync() : null;

console.log(`\n  The arena:      ${server.url}`);
console.log(`  Minimal sample: ${server.url}/hello/`);
console.log(`  The self-test:  ${server.url}/check/`);
console.log(`  The Playground: ${server.url}/playground/`);
for (const address of values.https ? lanAddresses() : []) {
    console.log(`  From a phone or headset: ${server.url.replace("localhost", address)}`);
}
console.log(
    `\n  ${bots ? `${values.bots} bot(s) are in "${values.room}". ` : ""}Open the arena twice to hear yourself walk. Press Ctrl+C to stop.\n`,
);

/** Starts the bots in a separate process, so that the server's load does not delay their clock. */
async function sendBotsAsync() {
    const env = { ...process.env };
    if (certificate && folder) {
        env.NODE_EXTRA_CA_CERTS = join(folder, "certificate.pem");
        await writeFile(env.NODE_EXTRA_CA_CERTS, certificate.cert);
    }
    const child = fork(at("../dist/bots/main.js"), ["--server", server.url, "--room", values.room, "--count", values.bots], { env });
    child.on("exit", (code) => code && console.error("The bots have stopped."));
    return child;
}

let stopping = false;
async function stopAsync() {
    if (stopping) {
        return;
    }
    stopping = true;
    if (bots && bots.exitCode === null) {
        const gone = new Promise((resolve) => bots.once("exit", resolve));
        bots.kill("SIGTERM");
        await gone;
    }
    await server.closeAsync();
    if (folder) {
        await rm(folder, { recursive: true });
    }
    process.exit(0);
}
process.on("SIGINT", stopAsync);
process.on("SIGTERM", stopAsync);
