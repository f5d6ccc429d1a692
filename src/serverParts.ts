import { Subscription, fromEvent } from "rxjs";
import type { IRtcCheckOptions, IRtcCheckRow } from "./check/checkRow.js";
import { onDemandAsync } from "./interop/onDemand.js";
import { browserPage } from "./interop/page.js";
import { preloadServerRoomsAsync } from "./interop/serverRoom.js";
import { TabMemory } from "./interop/tabMemory.js";
import { ServerEntrance } from "./room/serverEntrance.js";
import { ServerIdentity } from "./room/serverIdentity.js";
import type { IRtcUser } from "./room/serverIdentity.js";
import { ServerRoomService } from "./room/serverRoomService.js";
import { serverGrants } from "./rtc/connection/grantSource.js";
import type { GrantSource } from "./rtc/connection/grantSource.js";
import type { RtcBehavior } from "./rtc/rtcBehavior.js";
import { loadPannerAsync } from "./spatial/voiceRenderer.js";
import { microphoneFor, voiceSettings } from "./rtc/scenarios.js";
import type { VoiceProfile, VoiceScenario } from "./rtc/scenarios.js";
import type { ISilentTrack } from "./transport/mesh/mesh.js";
import type { IOpusSettings } from "./transport/opusSettings.js";
import { PeerJsTransport, prepareCallsAsync } from "./transport/serverTransport.js";
import type { IVoiceTransport } from "./transport/voiceTransport.js";

export { checkPlugin } from "./pluginOptions.js";
export { PluginScene } from "./pluginScene.js";

/** {@inheritDoc RtcPlugin.checkAsync} */
export async function selfCheckAsync(options: IRtcCheckOptions, signal?: AbortSignal): Promise<readonly IRtcCheckRow[]> {
    return (await onDemandAsync(() => import("./check/selfCheck.js"))).selfCheckAsync(options, signal);
}

/** Time after which a page that does not say when it is idle is taken to be so, in milliseconds. */
const idleAfterMs = 1_000;

/** Parts of a plugin that are made of its options, and loaded with it. The plugin disposes them. */
export interface IServerParts {
    /** Its rooms, for whoever has none of their own. */
    readonly rooms: ServerRoomService | null;
    readonly token: GrantSource;
    /**
     * Mutes whoever had muted themselves before the page was reloaded, and remembers from now on who does.
     * @param rtc - the plugin's
     */
    rememberMute(rtc: Pick<RtcBehavior, "muted" | "self$">): void;
    /**
     * Makes the transport of a plugin without one of the app's.
     * @param silentTrack - makes what links carry without a microphone. Throws `invalidArgument`.
     */
    transport(silentTrack: () => ISilentTrack): IVoiceTransport;
    /** Constraints of the microphone, or a stream of the app's. */
    readonly microphone: MediaTrackConstraints | MediaStream;
    /** Leaves. Harmless if called twice. */
    dispose(): void;
}

/** The plugin's options that are used here. */
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
 * Loaded when a plugin is made, not with the page.
 * @param server - the server's address
 * @param options - the plugin's. Throws `invalidArgument` for a name that no guest can have.
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
        // A guest that the tab cannot remember does not come back, and the server need not keep the place.
        remembering.add(hidden$.subscribe(({ persisted }) => !persisted && !memory.keeps && void ours.leaveAsync()));
    }
    return {
        rooms: ours,
        token: serverGrants(server, identity, entrance, ours ? "ours" : "apps"),
        rememberMute: (rtc) => {
            if (memory.wasMuted) {
                rtc.muted = true;
            }
            void memory.claimAsync();
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

/** Loads what a room and its voice take ahead of the first join. */
async function preloadAsync(): Promise<void> {
    await Promise.allSettled([
        preloadServerRoomsAsync(),
        prepareCallsAsync(),
        import("./transport/voiceSession.js"),
        import("./rtc/connection/inRoom.js"),
        loadPannerAsync(),
        import("./audio/voiceLimiter.js"),
    ]);
}

/** The browser's own word, where it has one: Safari does not say when a page is idle, and not every browser says that data is dear. */
interface IIdlePage {
    readonly requestIdleCallback?: (then: () => void) => void;
    readonly navigator?: { readonly connection?: { readonly saveData?: boolean } };
}

/** Waits until the page has nothing else to do; where data is dear, or outside of browsers, that never comes. */
function whenIdle(then: () => void): void {
    const { requestIdleCallback, navigator } = globalThis as IIdlePage;
    if (!browserPage() || navigator?.connection?.saveData === true) {
        return;
    }
    if (requestIdleCallback) {
        requestIdleCallback(then);
    } else {
        setTimeout(then, idleAfterMs);
    }
}
