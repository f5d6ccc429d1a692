import { Subscription, fromEvent } from "rxjs";
import type { IRtcCheckOptions, IRtcCheckRow } from "./check/checkRow.js";
import { loadLimiterAsync } from "./audio/voiceBus.js";
import { isDebugLogWanted } from "./interop/debugLog.js";
import { onDemandAsync } from "./interop/onDemand.js";
import { browserPage } from "./interop/page.js";
import { preloadServerRoomsAsync } from "./interop/serverRoom.js";
import { TabMemory } from "./interop/tabMemory.js";
import type { IRoomSource } from "./room/room.js";
import { ServerEntrance } from "./room/serverEntrance.js";
import { ServerIdentity } from "./room/serverIdentity.js";
import type { IRtcUser } from "./room/serverIdentity.js";
import { ServerRoomService } from "./room/serverRoomService.js";
import { serverGrants } from "./rtc/connection/grantSource.js";
import { loadInRoomAsync } from "./rtc/connection/loadInRoom.js";
import type { GrantSource } from "./rtc/connection/grantSource.js";
import type { RtcBehavior } from "./rtc/rtcBehavior.js";
import { loadPannerAsync } from "./spatial/voiceRenderer.js";
import { microphoneFor, voiceSettings } from "./rtc/scenarios.js";
import type { VoiceProfile, VoiceScenario } from "./rtc/scenarios.js";
import type { ISilentTrack } from "./transport/mesh/mesh.js";
import type { IOpusSettings } from "./transport/opusSettings.js";
import { PeerJsTransport, loadSessionAsync, prepareCallsAsync } from "./transport/serverTransport.js";
import type { IVoiceTransport } from "./transport/voiceTransport.js";

export { checkPlugin } from "./pluginOptions.js";
export { PluginScene } from "./pluginScene.js";

/** {@inheritDoc RtcPlugin.checkAsync} */
export async function selfCheckAsync(options: IRtcCheckOptions, signal?: AbortSignal): Promise<readonly IRtcCheckRow[]> {
    return (await onDemandAsync(() => import("./check/selfCheck.js"))).selfCheckAsync(options, signal);
}

/**
 * Delay after which code is loaded although the page is not idle, in milliseconds. A page that renders without a pause is never idle, and would load
 * the code during the join.
 */
const idleAfterMs = 100;

/** Parts of a plugin that are loaded on demand and created from its options. The plugin disposes them. */
export interface IServerParts {
    /** Rooms of our server; null if the app has its own. */
    readonly rooms: ServerRoomService | null;
    readonly token: GrantSource;
    /**
     * Restores the user's own mute after a reload of the page, and saves it at every change from now on. Starts the debug log if `localStorage.debug`
     * enables it.
     * @param plugin - the plugin
     */
    attach(plugin: IAttachedPlugin): void;
    /**
     * Creates the default transport, for apps without their own.
     * @param silentTrack - creates the silent track that links carry while there is no microphone. Throws `invalidArgument`.
     */
    transport(silentTrack: () => ISilentTrack): IVoiceTransport;
    /** Constraints of the microphone, or the app's own stream. */
    readonly microphone: MediaTrackConstraints | MediaStream;
    /** Leaves the room (unless the app has its own rooms), and removes what the tab remembers of the user. Idempotent. */
    dispose(): void;
}

/** The part of the plugin that is used here. */
export interface IAttachedPlugin {
    readonly room: IRoomSource;
    readonly rtc: RtcBehavior;
}

/** Options of the plugin that are used here. */
export interface IServerPartsOptions {
    readonly user: IRtcUser;
    readonly rooms?: unknown;
    readonly token?: unknown;
    readonly transport?: unknown;
    readonly iceServers?: RTCIceServer[];
    readonly relayOnly?: boolean;
    readonly opus?: Partial<IOpusSettings>;
    readonly scenario?: VoiceScenario;
    readonly profile?: VoiceProfile;
    readonly microphone?: MediaTrackConstraints | MediaStream;
}

/**
 * Creates the parts of a plugin. Loaded when a plugin is created, not with the page.
 * @param server - the server's address
 * @param options - options of the plugin. Throws `invalidArgument` for a user name that is invalid for a guest.
 */
export function serverParts(server: string, options: IServerPartsOptions): IServerParts {
    const { user, rooms, token, transport, iceServers, relayOnly, opus } = options;
    const settings = voiceSettings(options.scenario, options.profile);
    const memory = new TabMemory(server);
    const identity = new ServerIdentity(server, user, memory);
    const isOurs = token === undefined && transport === undefined;
    if (isOurs) {
        whenIdle(() => void preloadAsync());
    }
    const entrance = new ServerEntrance(server, identity, isOurs ? "voice" : "room");
    const ours = rooms === undefined ? new ServerRoomService(server, user, identity, entrance, memory) : null;
    const remembering = new Subscription();
    const page = browserPage();
    if (ours && page && user.token === undefined) {
        const hidden$ = fromEvent<PageTransitionEvent>(page.window, "pagehide");
        // A guest that the tab cannot remember does not return after a reload, so the server need not keep the place.
        remembering.add(hidden$.subscribe(({ persisted }) => !persisted && !memory.keeps && void ours.leaveAsync()));
    }
    return {
        rooms: ours,
        token: serverGrants(server, identity, entrance, ours ? "ours" : "apps"),
        attach: (plugin) => {
            const { rtc } = plugin;
            if (isDebugLogWanted()) {
                void onDemandAsync(() => import("./pluginLog.js")).then(
                    ({ logPlugin }) => remembering.closed || remembering.add(logPlugin(plugin)),
                    // The plugin works without its log.
                    () => undefined,
                );
            }
            if (memory.wasMuted) {
                rtc.muted = true;
            }
            void memory.claimAsync();
            void identity.recallAsync();
            remembering.add(rtc.self$.subscribe(() => memory.change({ muted: rtc.muted })));
        },
        transport: (silentTrack) =>
            new PeerJsTransport({
                server,
                silentTrack,
                iceServers,
                relayOnly,
                opus: { ...settings.opus, ...opus },
                jitterTargetMs: settings.jitterTargetMs,
            }),
        microphone: microphoneFor(settings.capture, options.microphone),
        dispose: () => {
            remembering.unsubscribe();
            memory.end();
            void ours?.disposeAsync();
        },
    };
}

/** Loads the code of rooms and voice ahead of the first join. */
async function preloadAsync(): Promise<void> {
    await Promise.allSettled([
        preloadServerRoomsAsync(),
        loadSessionAsync(),
        prepareCallsAsync(),
        loadInRoomAsync(),
        loadPannerAsync(),
        loadLimiterAsync(),
        // Babylon.js loads these for the first bus and the first sound. With webpack, it may load small parts of them again.
        import("@babylonjs/core/AudioV2/webAudio/webAudioBus.js"),
        import("@babylonjs/core/AudioV2/webAudio/webAudioSoundSource.js"),
    ]);
}

/** Optional parts of a browser: Safari lacks `requestIdleCallback`, and not every browser reports a wish to save data (`saveData`). */
interface IIdlePage {
    readonly requestIdleCallback?: (then: () => void, options: { readonly timeout: number }) => void;
    readonly navigator?: { readonly connection?: { readonly saveData?: boolean } };
}

/** Calls back when the page is idle; never if the user wants to save data, or outside of browsers. */
function whenIdle(then: () => void): void {
    const { requestIdleCallback, navigator } = globalThis as IIdlePage;
    if (!browserPage() || navigator?.connection?.saveData === true) {
        return;
    }
    if (requestIdleCallback) {
        requestIdleCallback(then, { timeout: idleAfterMs });
    } else {
        setTimeout(then, idleAfterMs);
    }
}
