import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { RtcPlugin } from "babylon-rtc";
import { VoiceGui } from "babylon-rtc/gui";
import { neuralSuppressor } from "babylon-rtc/suppression";
import { Avatars } from "./avatars/avatars.js";
import { Player } from "./player/player.js";
import { createXrAsync, leaveXrAsync } from "./player/xr.js";
import { Session } from "./session.js";
import type { ISessionParts } from "./session.js";
import { EntryScreen } from "./ui/entryScreen.js";
import type { IEntry } from "./ui/entryScreen.js";
import { theme } from "./ui/arenaTheme.js";
import { Hints } from "./ui/hints.js";
import type { IQuality } from "./world/quality.js";
import { createWorld } from "./world/world.js";

/** URLs of the noise suppressor's files. They are loaded when the suppressor is switched on. */
const suppressorFiles = {
    worklet: new URL("@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js", import.meta.url),
    simdWasm: new URL("@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm", import.meta.url),
    wasm: new URL("@sapphi-red/web-noise-suppressor/rnnoise.wasm", import.meta.url),
};

/** Options of the arena, from the page's URL. */
export interface IArenaOptions {
    /** URL of the server. */
    readonly server: string;
    /** Initial values of the entry screen. */
    readonly suggestion: Partial<IEntry>;
}

/** The whole sample: world, entry screen, and at most one session at a time. */
export class Arena {
    public readonly scene: Scene;
    private readonly _parts: ISessionParts;
    private readonly _entryScreen: EntryScreen;
    private readonly _xr: Promise<WebXRDefaultExperience | null>;
    private _stopFlyover: () => void;
    private _session: Session | null = null;
    private _gui: VoiceGui | null = null;
    private _leave: (() => void) | null = null;

    public constructor(scene: Scene, canvas: HTMLCanvasElement, quality: IQuality, { server, suggestion }: IArenaOptions) {
        this.scene = scene;
        const world = createWorld(scene, quality);
        const player = new Player(scene, canvas, world.obstacles);
        this._parts = { scene, player, avatars: new Avatars(scene, world.shadows), server };
        this._xr = createXrAsync(scene, world);
        this._stopFlyover = startFlyover(player.camera);
        this._entryScreen = new EntryScreen(suggestion, (entry, signal) => this._enterAsync(entry, signal));
        window.addEventListener("keydown", ({ code, repeat }) => {
            if (code === "KeyM" && !repeat && this.plugin) {
                this.plugin.rtc.muted = !this.plugin.rtc.muted;
            }
        });
    }

    /** The plugin during a session; null outside of one. */
    public get plugin(): RtcPlugin | null {
        return this._session?.plugin ?? null;
    }

    /** The active camera outside of XR. */
    public get camera(): FreeCamera {
        return this._parts.player.camera;
    }

    /** The voice controls during a session; null outside of one. */
    public get gui(): VoiceGui | null {
        return this._gui;
    }

    private async _enterAsync(entry: IEntry, signal: AbortSignal): Promise<void> {
        const [session, xr] = await Promise.all([Session.EnterAsync(entry, this._parts, signal), this._xr]);
        if (signal.aborted) {
            session.dispose();
        }
        signal.throwIfAborted();
        this._session = session;
        this._stopFlyover();
        this._parts.player.enter();

        session.follow(this._parts);
        session.tellRoom((room) => {
            this._entryScreen.room = room;
            linkTo(room);
        });
        const gui = new VoiceGui(this.scene, session.plugin, {
            theme,
            xr,
            // Keeps text sharp even if the scene renders at a low resolution.
            overlay: true,
            leave: () => this._leave?.(),
            settings: { suppressor: neuralSuppressor(suppressorFiles) },
        });
        const hints = new Hints(this.scene, this._parts.player, gui);
        this._gui = gui;
        this._leave = () => {
            this._leave = null;
            this._session = null;
            this._gui = null;
            void leaveXrAsync(xr);
            hints.dispose();
            gui.dispose();
            session.dispose();
            this._parts.player.leave();
            this._stopFlyover = startFlyover(this._parts.player.camera);
            this._entryScreen.show();
        };
    }
}

/**
 * Puts a room's name into the page's URL, so that the URL can be shared: the entry screen then suggests the room.
 * @param room - name of the room; null if the room cannot be found by name
 */
function linkTo(room: string | null): void {
    const url = new URL(location.href);
    if (room === null) {
        url.searchParams.delete("room");
    } else {
        url.searchParams.set("room", room);
    }
    history.replaceState(history.state, "", url);
}

/**
 * Moves the camera slowly to and fro around the field, for the entry screen.
 * @returns a function that stops the movement
 */
function startFlyover(camera: FreeCamera): () => void {
    const scene = camera.getScene();
    const target = new Vector3(-2, 3.2, 3);
    const start = performance.now();
    const observer = scene.onBeforeRenderObservable.add(() => {
        const time = (performance.now() - start) / 1000;
        const angle = 2.72 + 0.35 * Math.sin(time * 0.05);
        camera.position.set(Math.sin(angle) * 19, 3.4 + 0.6 * Math.sin(time * 0.11), Math.cos(angle) * 19);
        camera.setTarget(target);
    });
    return () => scene.onBeforeRenderObservable.remove(observer);
}
