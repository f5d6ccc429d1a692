import { parseArgs } from "node:util";
import { maxGraceSeconds } from "../../../protocol/limits.js";
import type { IRtcServerOptions } from "./serverOptions.js";

/** What `--help` prints. */
export const helpText = `babylon-rtc-server: rooms, tokens and signalling for babylon-rtc, on one port.

  --development        anybody may come in as a guest: to try things out, never where strangers reach it
  --port <n>           TCP port (default 9000; 0 = any free one)
  --host <address>     address to listen on (default: all)
  --path </prefix>     what the path of all addresses begins with
  --static <folder>    serve the files of this folder too
  --https              speak HTTPS with a certificate made on the spot (headsets want a secure page)
  --origin <origin>    an origin whose pages may use this server, like https://game.example, https://*.game.example or
                       capacitor://localhost; can be given several times
  --max-members <n>    the most members of a room (default 16)
  --grace-seconds <n>  how long a member whose connection drops keeps their place (default 20; 0 = not at all)
  --version            the version of this package
  --help               this

Tokens are signed with the environment variable BABYLON_RTC_SECRET (at least 32 bytes). Without it the secret is a random one; where guests
come in, it is kept in ~/.babylon-rtc-server, so that they are the same people after a restart.
Guests come in with --development, or where NODE_ENV is "development", to the letter. Otherwise BABYLON_RTC_SECRET must be set, and only
holders of grants come in, which your backend signs with issueGrantAsync. For a sign-in of your own (authorize), put the server into a
program: createRtcServer.
`;

/** Task of the command: to run with options, or to print something. */
export type CommandLine = IRtcServerOptions | "help" | "version";

/**
 * @param args - the arguments of the command
 * @returns the options, or what to print; throws if an argument is unknown or unusable
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
    const { values } = parseArgs({
        args: [...args],
        options: {
            development: { type: "boolean" },
            port: { type: "string" },
            host: { type: "string" },
            path: { type: "string" },
            static: { type: "string" },
            https: { type: "boolean" },
            origin: { type: "string", multiple: true },
            "max-members": { type: "string" },
            "grace-seconds": { type: "string" },
            version: { type: "boolean", short: "v" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help || values.version) {
        return values.help ? "help" : "version";
    }
    return {
        port: toWhole(values.port ?? "9000", "--port", 65_535),
        ...(values.development !== undefined && { development: values.development }),
        ...(values.host !== undefined && { host: values.host }),
        ...(values.path !== undefined && { path: values.path }),
        ...(values.static !== undefined && { staticDir: values.static }),
        ...(values.https !== undefined && { https: values.https }),
        ...(values.origin !== undefined && { origins: values.origin }),
        ...(values["max-members"] !== undefined && { maxMembers: toWhole(values["max-members"], "--max-members", 1000) }),
        ...(values["grace-seconds"] !== undefined && {
            graceSeconds: toWhole(values["grace-seconds"], "--grace-seconds", maxGraceSeconds),
        }),
    };
}

function toWhole(text: string, option: string, max: number): number {
    if (!/^\d{1,5}$/.test(text) || Number(text) > max) {
        throw new TypeError(`${option} wants a whole number up to ${max}, not ${JSON.stringify(text)}.`);
    }
    return Number(text);
}
