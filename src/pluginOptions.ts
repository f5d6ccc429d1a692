import { Logger } from "@babylonjs/core/Misc/logger.js";
import { areIceServers, iceServersWanted } from "../protocol/iceServers.js";
import { checkOptions } from "./errors/checkOptions.js";
import { RtcError } from "./errors/rtcError.js";
import { checkedJson } from "./room/roomChecks.js";
import type { IRtcUser } from "./room/serverIdentity.js";

const rules = [
    "server!=string user!=object token avatarOf rooms=object transport.joinAsync player.addBehavior audioEngine=object microphone=object",
    "spatial=object opus=object ridesData=boolean relayOnly=boolean autoSubscribe=boolean statisticsIntervalMs=100..3600000 signal.addEventListener",
    "storage.load storage.save deviceStorage.load deviceStorage.save",
].join(" ");

/** Names of all options: those with a rule, and those that are checked elsewhere. */
const names = new Set([...rules.split(" ").map((rule) => rule.replace(/\W.*/, "")), "iceServers", "listener", "scenario", "profile"]);

/** Options that are looked into. */
interface IPluginOptions {
    readonly server: string;
    readonly user: IRtcUser;
    readonly rooms?: object;
    readonly iceServers?: unknown;
}

/**
 * Checks what a plugin is made with, before anything is made: whatever its parts do not check themselves, or could not be made with. Warns of
 * options that do not exist. Loaded when a plugin is made, not with the page.
 * @param scene - the scene
 * @param options - the plugin's. Throws `invalidArgument`, which names the first that cannot be used.
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
