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
    /**
     * Finds a member's avatar; null = not there yet. Called in every frame until it returns one, and again when that node is disposed. Default:
     * none, see `setAvatar`.
     */
    readonly avatarOf?: AvatarOf;
    /** The app's own room source; the app keeps ownership. Default: the rooms of our server. */
    readonly rooms?: Rooms;
    /** The local player's node, which carries the RTC behavior. Default: a node that the plugin owns. */
    readonly player?: Node;
    /** Source of grants. Default: our server's token endpoint. */
    readonly token?: GrantSource;
    /** STUN and TURN servers. Default: those of the grant. The default servers of PeerJS are never used. */
    readonly iceServers?: RTCIceServer[];
    /**
     * True = voices use TURN relays only, so that other members do not learn this client's IP addresses; our server and the TURN server still do.
     * Adds the delay of the relay. Needs a TURN server, from our server (its option `turn`) or from `iceServers`; without one, the RTC room cannot
     * be entered, and `rtc.error$` emits `invalidArgument`. Default: false.
     */
    readonly relayOnly?: boolean;
    /**
     * Listener: a camera or another node, or separate nodes for the position and the orientation of the ears. Can be changed later:
     * `plugin.listener`. Default: the scene's active camera, unless the app moves Babylon's listener itself.
     */
    readonly listener?: Node | IListenerNodes | null;
    /** Audio engine for playback; the app keeps ownership. Default: the engine that the app created last, otherwise one that the plugin owns. */
    readonly audioEngine?: AudioEngineV2;
    /** Transport of the voices. Default: a PeerJS mesh, with signalling through our server. */
    readonly transport?: IVoiceTransport;
    /** Constraints that override those of the scenario, or the app's own stream. Default: the constraints of the scenario. */
    readonly microphone?: MediaTrackConstraints | MediaStream;
    /**
     * Kind of sound: selects how voices are captured and encoded. Use the same scenario for all members of a room, because each end tells the
     * other how to send to it. See docs/scenarios.md. Default: `gameStreaming`.
     */
    readonly scenario?: VoiceScenario;
    /** Balance between low delay and quality. See docs/scenarios.md. Default: `game`. */
    readonly profile?: VoiceProfile;
    /** Opus settings; they override those of scenario and profile. Not used with the app's own transport, which the app configures. */
    readonly opus?: Partial<IOpusSettings>;
    /** Spatial options of voices. */
    readonly spatial?: Partial<ISpatialVoiceOptions>;
    /**
     * True = data can be sent in voice packets (`rtc.messages.sendWithVoice`). Both ends must set it. A worker runs while there are links. Needs a
     * browser with `RTCRtpScriptTransform`, and a Content-Security-Policy (if there is one) that allows `worker-src blob:`. Default: false.
     */
    readonly dataInRtp?: boolean;
    /** @deprecated Use `dataInRtp`. */
    readonly ridesData?: boolean;
    /** Interval of `rtc.stats$`, in milliseconds, 100 to 3,600,000. Default: 2,000. */
    readonly statisticsIntervalMs?: number;
    /** True = new members are heard at once; false = a member is heard only after `rtc.subscribe`. Default: true. */
    readonly autoSubscribe?: boolean;
    /**
     * Storage of silenced members, blocked members and volumes; null = none, so that they last until the page is closed. Default: the browser's
     * `localStorage`. Entries are keyed by member id, which a guest loses when the tab is closed; see `IVoiceStorage`.
     */
    readonly storage?: IVoiceStorage | null;
    /** Storage of the chosen input and output devices; null = none. Default: the browser's `localStorage`, unless `storage` is null. */
    readonly deviceStorage?: IDeviceStorage | null;
    /** Cancels `AddToSceneAsync`. Another plugin can then be added to the scene at once. */
    readonly signal?: AbortSignal;
}

/** Voice chat for a scene: a room service, and positional voices of the room's members at their avatars. */
export class RtcPlugin<Rooms extends IRoomSource = IRoomService> {
    /** The room source: the rooms of our server, or the app's own. */
    public readonly room: Rooms;
    /** The voice side: the RTC room that belongs to the current room. */
    public readonly rtc: RtcBehavior;

    private readonly _home: PluginScene;
    private readonly _audio: IResolvedAudioEngine;
    private readonly _parts: IServerParts;
    private _listener: Node | IListenerNodes | null = null;

    private constructor(home: PluginScene, options: IRtcPluginOptions<Rooms>, audio: IResolvedAudioEngine, parts: IServerParts) {
        this._home = home;
        this._audio = audio;
        this._parts = parts;
        // Without the app's own rooms, `Rooms` is the type of our room service.
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
        parts.attach(this);
        home.begin({
            rtc: this.rtc,
            avatarOf: options.avatarOf,
            player: options.player,
            dispose: () => this.dispose(),
        });
    }

    /**
     * Adds voice chat to a scene. Does not start sound or ask for the microphone yet: that happens in the click that enters a room. If another
     * plugin is still being added to the scene, the call waits for that plugin, since its owner may dispose it as soon as it is ready.
     * @param scene - the scene, which has no plugin yet (use an `RtcBehavior` to be in a second room at the same time). Disposing the scene disposes
     * the plugin.
     * @param options - at least `server` and `user`
     * @returns the plugin, which the caller disposes. Rejects with `invalidArgument`, `unsupported`, `disposed`, `aborted`, or `serverUnreachable` if
     * the code of this library cannot be loaded.
     * @example
     * ```ts
     * import { RtcPlugin } from "babylon-rtc";
     *
     * const plugin = await RtcPlugin.AddToSceneAsync(scene, {
     *     server: "https://voice.example.com",
     *     user: { name: "Alice" },
     *     avatarOf: (member) => scene.getMeshByName(member.id),
     * });
     * button.onclick = () => plugin.room.joinAsync("lobby");
     * ```
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
     * Checks whether voice chat can work here: page, devices, server, network. Meant for a troubleshooting page, and for people who set up a server.
     * Call it from a click, like entering a room. It asks for the microphone, enters a room (by default a private one) for a moment, and closes
     * everything again.
     * @param options - server and user, as for `AddToSceneAsync`. Without a server, the checks of the server are skipped, and so are those of STUN
     * and TURN unless `iceServers` is given.
     * @param signal - cancels; the promise then rejects with `aborted`
     * @returns one row per check, in the order of `RtcCheckId`, when all checks are done. That takes some seconds, or up to two and a half minutes if
     * neither the user answers the microphone prompt nor the servers answer. Rejects with `invalidArgument` for options of a wrong type, and with
     * `serverUnreachable` if the code of this library cannot be loaded; unusable values are reported in the rows.
     */
    public static async checkAsync(options: IRtcCheckOptions = {}, signal?: AbortSignal): Promise<readonly IRtcCheckRow[]> {
        return (await onDemandAsync(() => import("./serverParts.js"))).selfCheckAsync(options, signal);
    }

    /**
     * Moves voice chat to another scene, or to another player node. Voices continue from the members' avatars in the new scene, and the other members
     * notice nothing: room, member, mutes and volumes are kept. The move is done when the call returns (before the promise resolves), so the old
     * scene can be disposed in the same tick. The app recreates what it made for the old scene (a gui, name plates). See
     * docs/guides/add-to-a-game.md.
     * @param scene - the new scene, without another plugin and already with its camera. From now on, disposing this scene disposes the plugin.
     * @param options - avatars, player and listener in that scene
     * @returns a promise that resolves when voice chat is ready there; rejects with `invalidArgument` or `disposed`, and then nothing has changed, or
     * with `unsupported` if there is no usable audio engine
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
     * Listener, see `IRtcPluginOptions.listener`; null = the active camera. A node faces along its own +z. When the node is disposed, the active
     * camera becomes the listener again. A Babylon listener that the app has attached (`audioEngine.listener.attach`) takes precedence. The app keeps
     * ownership of the nodes. Throws `invalidArgument` for any other value.
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
     * Sets a member's avatar, which takes precedence over `avatarOf`. For avatars that are created after the voice has arrived.
     * @param memberId - id of a remote member, present or not
     * @param node - the avatar; null = use `avatarOf` again
     */
    public setAvatar(memberId: string, node: Node | null): void {
        this.rtc.setAvatar(memberId, node);
    }

    /** Leaves the RTC room, and the room unless it is one of the app's own, and releases everything that the plugin created. Idempotent. */
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
