import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { AudioHost } from "./audio/audioHost.js";
import { openEngine, resolveAudioEngineAsync } from "./audio/resolveAudioEngine.js";
import type { IResolvedAudioEngine } from "./audio/resolveAudioEngine.js";
import type { IDeviceStorage } from "./capture/devices/deviceStorage.js";
import { onDemandAsync } from "./interop/onDemand.js";
import { serverAddress } from "./interop/serverAddress.js";
import type { IRoomSource } from "./room/room.js";
import type { IRoomService } from "./room/roomService.js";
import type { IRtcUser } from "./room/serverIdentity.js";
import type { GrantSource } from "./rtc/connection/grantSource.js";
import { RtcBehavior } from "./rtc/rtcBehavior.js";
import type { VoiceProfile, VoiceScenario } from "./rtc/scenarios.js";
import type { AvatarOf } from "./rtc/remote/memberVoices.js";
import type { IVoiceStorage } from "./rtc/remote/preferenceStorage.js";
import { requireOptions } from "./errors/checkOptions.js";
import { RtcError, throwIfAborted } from "./errors/rtcError.js";
import type { ISceneMoveOptions, PluginScene } from "./pluginScene.js";
import type { IListenerNodes } from "./spatial/sceneListener.js";
import type { ISpatialVoiceOptions } from "./spatial/spatialVoiceOptions.js";
import { VoiceRenderer } from "./spatial/voiceRenderer.js";
import type { IOpusSettings } from "./transport/opusSettings.js";
import type { IRtcCheckOptions, IRtcCheckRow } from "./check/checkRow.js";
import type { IServerParts } from "./serverParts.js";
import type { IVoiceTransport } from "./transport/voiceTransport.js";

/** Options of a plugin. */
export interface IRtcPluginOptions<Rooms extends IRoomSource = IRoomService> {
    /** Address of a babylon-rtc-server, like `https://example.com:9000`; a path is kept. */
    readonly server: string;
    /** The local user. The server decides the id. */
    readonly user: IRtcUser;
    /** Finds a member's avatar; null = not there yet. Called every frame until it gives one. Default: none, see `setAvatar`. */
    readonly avatarOf?: AvatarOf;
    /** The app's own rooms; they stay the app's. Default: our server's. */
    readonly rooms?: Rooms;
    /** The local player's node, which carries the RTC behavior. Default: a node that the plugin owns. */
    readonly player?: Node;
    /** Source of grants. Default: our server's token endpoint. */
    readonly token?: GrantSource;
    /** STUN and TURN servers. Default: the grant's; never PeerJS' own. */
    readonly iceServers?: RTCIceServer[];
    /**
     * True = voices go through a TURN server alone, so that members do not learn our network address; our server and the TURN server do. Costs the
     * delay of the detour. Without a TURN server, from our server (its option `turn`) or by `iceServers`, the voice of a room cannot be entered:
     * `rtc.error$` tells `invalidArgument`. Default: false.
     */
    readonly relayOnly?: boolean;
    /**
     * Listener: the ears of a camera or another node, or of nodes that say where the ears are and what turns them. Can be changed:
     * `plugin.listener`. Default: the scene's active camera, unless the app moves Babylon's listener itself.
     */
    readonly listener?: Node | IListenerNodes | null;
    /** The engine to play on; stays the app's. Default: the one that the app made last, otherwise one that the plugin owns. */
    readonly audioEngine?: AudioEngineV2;
    /** Transport of the voices. Default: a PeerJS mesh through our server. */
    readonly transport?: IVoiceTransport;
    /** Constraints that go over the scenario's, or a stream of the app's own. */
    readonly microphone?: MediaTrackConstraints | MediaStream;
    /**
     * Kind of sound: selects how it is captured and coded. For all members of a room the same, since each end asks the other for
     * it. See docs/scenarios.md. Default: `gameStreaming`.
     */
    readonly scenario?: VoiceScenario;
    /** Priority of delay or quality. See docs/scenarios.md. Default: `game`. */
    readonly profile?: VoiceProfile;
    /** Opus settings; they take precedence over scenario and profile. A transport of the app's own is set up by the app. */
    readonly opus?: Partial<IOpusSettings>;
    /** Spatial options of voices. */
    readonly spatial?: Partial<ISpatialVoiceOptions>;
    /**
     * True = data may be sent in voice packets (`rtc.messages.sendWithVoice`), which costs a worker while links stand. Both ends must want it. Needs a
     * browser with `RTCRtpScriptTransform`, and of a Content-Security-Policy that it allows `worker-src blob:`. Default: false.
     */
    readonly ridesData?: boolean;
    /** Interval of `rtc.stats$`, in milliseconds, 100 to 3,600,000. Default: 2,000. */
    readonly statisticsIntervalMs?: number;
    /** True = newcomers are heard at once; false = nobody is before `rtc.subscribe`. Default: true. */
    readonly autoSubscribe?: boolean;
    /**
     * Storage of silenced and blocked members and of volumes; null = none, so that they are forgotten with the page. Default:
     * the browser's `localStorage`. It is kept by member id, which a guest loses with the tab; see `IVoiceStorage`.
     */
    readonly storage?: IVoiceStorage | null;
    /** Storage of chosen microphones and outputs; null = none. Default: the browser's `localStorage`, unless `storage` is null. */
    readonly deviceStorage?: IDeviceStorage | null;
    /** Cancels `AddToSceneAsync`, after which the scene can be given another plugin at once. */
    readonly signal?: AbortSignal;
}

/** Voice chat for a scene: rooms to enter, and everybody in them heard from where their avatar stands. */
export class RtcPlugin<Rooms extends IRoomSource = IRoomService> {
    /** The rooms: our server's, or the app's own. */
    public readonly room: Rooms;
    /** The voices of the room that one is in. */
    public readonly rtc: RtcBehavior;

    private readonly _home: PluginScene;
    private readonly _audio: IResolvedAudioEngine;
    private readonly _parts: IServerParts;
    private _listener: Node | IListenerNodes | null = null;

    private constructor(home: PluginScene, options: IRtcPluginOptions<Rooms>, audio: IResolvedAudioEngine, parts: IServerParts) {
        this._home = home;
        this._audio = audio;
        this._parts = parts;
        // Without rooms of the app's own, `Rooms` is our service's type.
        this.room = (options.rooms ?? parts.rooms) as Rooms;
        this.rtc = new RtcBehavior({
            ...options,
            rooms: this.room,
            transport: options.transport ?? parts.transport(() => AudioHost.For(openEngine(audio.engine)).createSilentTrack()),
            token: options.token ?? parts.token,
            avatarOf: home.avatarOf,
            audioEngine: audio.engine,
            microphone: parts.microphone,
        });
        parts.rememberMute(this.rtc);
        home.begin({
            rtc: this.rtc,
            avatarOf: options.avatarOf,
            player: options.player,
            dispose: () => this.dispose(),
        });
    }

    /**
     * Adds voice chat to a scene. It asks for nothing yet: sound and microphone are asked for in the click that enters a room. A plugin that is
     * still being added to the scene is waited for, since it may be disposed on arrival.
     * @param scene - the scene, which has no plugin yet (for a second room at a time use an `RtcBehavior`); disposing it disposes the plugin
     * @param options - server and user at least
     * @returns the plugin, which the caller disposes. Rejects with `invalidArgument`, `unsupported`, `disposed` or `aborted`.
     */
    public static async AddToSceneAsync<Rooms extends IRoomSource = IRoomService>(
        scene: Scene,
        options: IRtcPluginOptions<Rooms>,
    ): Promise<RtcPlugin<Rooms>> {
        const parts = await onDemandAsync(() => import("./serverParts.js"));
        parts.checkPlugin(scene, options);
        return await parts.PluginScene.InhabitAsync(scene, options.signal, async (home) => {
            const audio = await resolveAudioEngineAsync(options.audioEngine);
            let plugin: RtcPlugin<Rooms> | null = null;
            try {
                throwIfGone(scene, options.signal);
                plugin = new RtcPlugin<Rooms>(home, options, audio, parts.serverParts(serverAddress(options.server), options));
                plugin.listener = options.listener ?? null;
                await plugin.rtc.readyAsync();
                throwIfGone(scene, options.signal);
                return plugin;
            } catch (error) {
                plugin?.dispose();
                audio.release();
                throw error;
            }
        });
    }

    /**
     * Looks whether voice chat can work here: page, devices, server, network. For a page that players open when something is wrong, and for whoever
     * sets up a server. Call it in a click, as for entering a room. It asks for the microphone, enters a private room for a moment, and closes
     * everything again.
     * @param options - server and user, as for `AddToSceneAsync`; without a server it is skipped, and so are STUN and TURN unless `iceServers` names some
     * @param signal - cancels; the promise then rejects with `aborted`
     * @returns a row for each check, in the order of `RtcCheckId`, once all are done: in some seconds as a rule, in up to two and a half minutes where nobody
     * answers the question for the microphone and servers do not answer either. Rejects with
     * `invalidArgument` for options of another type; what is wrong with their values stands in the rows.
     */
    public static async checkAsync(options: IRtcCheckOptions = {}, signal?: AbortSignal): Promise<readonly IRtcCheckRow[]> {
        return (await onDemandAsync(() => import("./serverParts.js"))).selfCheckAsync(options, signal);
    }

    /**
     * Moves voice chat to another scene, or to another player. Whoever is heard stays so, from their avatars there, and the others notice
     * nothing: room, member, mutes and volumes are kept. It is there when the call returns, so that the scene before can be disposed in the same
     * tick. What the app has made for the scene itself (a gui, name plates) it makes anew. See docs/guides/add-to-a-game.md.
     * @param scene - the scene, which has no other plugin; disposing it disposes the plugin from now on. Let it have its camera already.
     * @param options - where the avatars and the player are in it
     * @returns a promise that resolves when voice chat is ready there; rejects with `invalidArgument` or `disposed`, and then nothing has changed
     */
    public async moveToSceneAsync(scene: Scene, options: ISceneMoveOptions = {}): Promise<void> {
        requireOptions(options);
        const { listener = scene === this._home.scene ? this._listener : null } = options;
        this._home.move(scene, options, () => {
            const { engine } = this._audio;
            const before = VoiceRenderer.For(this._home.scene, engine);
            const next = VoiceRenderer.For(scene, engine);
            next.choose(listener);
            if (next !== before) {
                before.choose(null);
            }
            this._listener = listener;
        });
        await this.rtc.readyAsync();
    }

    /**
     * Listener, see `IRtcPluginOptions.listener`; null = the active camera's. A node looks along its own +z; once it is disposed, the active
     * camera hears again. Nodes stay the app's. Throws `invalidArgument` for what is none.
     */
    public get listener(): Node | IListenerNodes | null {
        return this._listener;
    }

    public set listener(listener: Node | IListenerNodes | null) {
        if (listener !== this._listener) {
            VoiceRenderer.For(this._home.scene, this._audio.engine).choose(listener);
            this._listener = listener;
        }
    }

    /**
     * Says where a member's avatar is, for avatars that arrive after their voice.
     * @param memberId - of a remote member, present or not
     * @param node - the avatar; null = ask `avatarOf` again
     */
    public setAvatar(memberId: string, node: Node | null): void {
        this.rtc.setAvatar(memberId, node);
    }

    /** Leaves, and releases everything that the plugin made. Harmless if called twice. */
    public dispose(): void {
        if (!this._home.end()) {
            return;
        }
        this.listener = null;
        this._parts.dispose();
        this._audio.release();
    }
}

function throwIfGone(scene: Scene, signal: AbortSignal | undefined): void {
    throwIfAborted(signal);
    if (scene.isDisposed) {
        throw new RtcError("disposed", "The scene was disposed before voice chat was added.");
    }
}
