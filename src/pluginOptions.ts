import { Logger } from "@babylonjs/core/Misc/logger.js";
import { areIceServers, iceServersWanted } from "../protocol/iceServers.js";
import { checkOptions } from "./errors/checkOptions.js";
import { RtcError } from "./errors/rtcError.js";
import { checkedJson } from "./room/roomChecks.js";
import type { IRtcUser } from "./room/serverIdentity.js";

const rules = [
    "server!=string user!=object token avatarOf rooms=object transport.joinAsync player.addBehavior audioEngine=object microphone=object",
    "spatial=object opus=object dataInRtp=boolean ridesData=boolean relayOnly=boolean autoSubscribe=boolean statisticsIntervalMs=100..3600000 signal.addEventListener",
    "storage.load storage.save deviceStorage.load deviceStorage.save",
].join(" ");

/** Names of all options: those with a rule above, and those that are checked in another way. */
const names = new Set([...rules.split(" ").map((rule) => rule.replace(/\W.*/, "")), "iceServers", "listener", "scenario", "profile"]);

/** Options that need more checks than the rules above. */
interface IPluginOptions {
    readonly server: string;
    readonly user: IRtcUser;
    readonly rooms?: object;
    readonly iceServers?: unknown;
}

/**
 * Checks the arguments of a new plugin before anything is created: those that the parts of the plugin do not check, or that must be valid before
 * the parts are created. Logs a warning for unknown options. Loaded when a plugin is created, not with the page.
 * @param scene - the scene
 * @param options - options of the plugin. Throws `invalidArgument`, which names the first unusable value.
 */
export function checkPlugin(scene: unknown, options: IPluginOptions): void {
    checkOptions({ scene, options }, "scene!=object options!=object", "argument ");
    checkOptions(scene, "getEngine! addTransformNode!", "argument scene.");
    checkOptions(options, rules);
    const { server, user, rooms, iceServers } = options;
    checkOptions(user, "name!=string attributes=object token=string", "option user.");
    checkedJson(user.attributes ?? {}, "The option user.attributes");
    if (server === "" || user.token === "") {
        throw new RtcError("invalidArgument", `The option ${server === "" ? "server" : "user.token"} must not be empty.`);
    }
    if (iceServers !== undefined && !areIceServers(iceServers)) {
        throw new RtcError("invalidArgument", `The option iceServers must be ${iceServersWanted}.`);
    }
    if (rooms) {
        checkOptions(rooms, "status$.pipe! members$.pipe", "option rooms.");
    }
    const unknown = Object.keys(options).filter((name) => !names.has(name));
    if (unknown.length > 0) {
        Logger.Warn(`babylon-rtc: AddToSceneAsync has no option ${unknown.join(", ")}. Options: ${[...names].join(", ")}.`);
    }
}
