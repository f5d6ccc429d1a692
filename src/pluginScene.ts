import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { RtcError, throwIfAborted } from "./errors/rtcError.js";
import type { AvatarOf } from "./rtc/remote/memberVoices.js";
import type { RtcBehavior } from "./rtc/rtcBehavior.js";
import type { IListenerNodes } from "./spatial/sceneListener.js";

/** Avatars, player and listener in the scene that voice chat moves to. */
export interface ISceneMoveOptions {
    /** Gives a member's avatar in that scene; null = not there yet. Default: the function that was asked before. */
    readonly avatarOf?: AvatarOf;
    /** The local player's node in that scene, which carries the RTC behavior. Default: a node that the plugin owns. */
    readonly player?: Node;
    /** Listener in that scene, see `IRtcPluginOptions.listener`. Default: its active camera's; in the same scene, as before. */
    readonly listener?: Node | IListenerNodes | null;
}

/** Parts of a plugin that the scene carries. */
export interface IPluginLife {
    readonly rtc: RtcBehavior;
    readonly avatarOf: AvatarOf | undefined;
    readonly player: Node | undefined;
    /** Disposes of the plugin. Called when the scene is disposed and the plugin has not moved elsewhere. */
    readonly dispose: () => void;
}

/** Number of promises that may lie between the arrival of a plugin and its disposal by whoever does not want it any more. */
const arrivalTurns = 10;

/** The scenes that have a plugin, or are about to. */
const holders = new WeakMap<Scene, PluginScene>();

/** The scene that a plugin lives in, and the player's node there. No other plugin has that scene. */
export class PluginScene {
    /** Pending until it is known whether there will be a plugin; null from then on. Never rejects. */
    private _making: Promise<void> | null = null;
    private _scene: Scene;
    private _life: IPluginLife | null = null;
    private _avatarOf: AvatarOf | undefined;
    private _ownPlayer: Node | null = null;
    private _observer: Observer<Scene> | null = null;

    private constructor(scene: Scene) {
        this._scene = scene;
        holders.set(scene, this);
    }

    /**
     * Makes a plugin in a scene that has none. One that is being made there already is waited for, since it may be disposed on arrival.
     * @param scene - the scene
     * @param signal - cancels; the scene is free again at once
     * @param makeAsync - makes the plugin
     * @returns the plugin; rejects as `makeAsync` does, or with `invalidArgument` or `aborted`
     */
    public static async InhabitAsync<Plugin>(
        scene: Scene,
        signal: AbortSignal | undefined,
        makeAsync: (home: PluginScene) => Promise<Plugin>,
    ): Promise<Plugin> {
        let holder: PluginScene | undefined;
        while ((holder = holders.get(scene))?._making) {
            await holder._making;
        }
        throwIfAborted(signal);
        if (holder) {
            throw taken();
        }
        const home = new PluginScene(scene);
        const release = (): void => home._release();
        signal?.addEventListener("abort", release);
        const making = makeAsync(home);
        home._making = arrivedAsync(making).then(() => {
            home._making = null;
        });
        try {
            return await making;
        } catch (error) {
            release();
            throw error;
        } finally {
            signal?.removeEventListener("abort", release);
        }
    }

    /** The scene. */
    public get scene(): Scene {
        return this._scene;
    }

    /** Gives a member's avatar by the function that the app passed last. */
    public readonly avatarOf: AvatarOf = (member) => this._avatarOf?.(member) ?? null;

    /**
     * Puts a plugin into the scene.
     * @param life - what it consists of
     */
    public begin(life: IPluginLife): void {
        this._life = life;
        this._enter(this._scene, life.avatarOf, life.player);
    }

    /**
     * Moves to another scene, or to another node of this one.
     * @param scene - the scene; it must be free
     * @param options - where in it. Throws `invalidArgument` or `disposed`, and then nothing changes.
     * @param onAllowed - called before anything changes; throws if there is more against it
     */
    public move(scene: Scene, options: ISceneMoveOptions, onAllowed: () => void): void {
        if (!this._life) {
            throw new RtcError("disposed", "This plugin is disposed. Add voice chat to the scene by RtcPlugin.AddToSceneAsync.");
        }
        checkMove(scene, options);
        const holder = holders.get(scene);
        if (holder && holder !== this) {
            throw taken();
        }
        onAllowed();
        this._enter(scene, options.avatarOf ?? this._avatarOf, options.player);
    }

    /**
     * Takes the plugin out of its scene.
     * @returns whether it was in one
     */
    public end(): boolean {
        const life = this._life;
        this._life = null;
        this._release();
        // The app may have carried it to another node in the meantime.
        life?.rtc.attachedNode?.removeBehavior(life.rtc);
        this._ownPlayer?.dispose();
        this._ownPlayer = null;
        return life !== null;
    }

    private _enter(scene: Scene, avatarOf: AvatarOf | undefined, player: Node | undefined): void {
        const before = this._ownPlayer;
        this._avatarOf = avatarOf;
        this._hold(scene);
        this._ownPlayer = player ? null : new TransformNode("player", scene);
        const node = player ?? this._ownPlayer;
        const rtc = this._life?.rtc;
        if (rtc && node) {
            if (rtc.attachedNode === node) {
                // It is on that node's list already.
                rtc.attach(node);
            } else {
                // At once, even while the scene loads: the click that enters a room must find it attached.
                node.addBehavior(rtc, true);
            }
        }
        before?.dispose();
    }

    private _hold(scene: Scene): void {
        this._release();
        this._scene = scene;
        if (!holders.has(scene)) {
            holders.set(scene, this);
        }
        this._observer = scene.onDisposeObservable.add(this._onDisposed);
    }

    /** Lets another plugin have the scene, unless one has it by now. */
    private _release(): void {
        if (this._observer) {
            this._scene.onDisposeObservable.remove(this._observer);
            this._observer = null;
        }
        if (holders.get(this._scene) === this) {
            holders.delete(this._scene);
        }
    }

    private readonly _onDisposed = (): void => {
        if (this._life?.rtc.attachedNode) {
            this._followOrEnd();
        } else {
            // Whoever took it off its node may be about to put it on another one.
            void Promise.resolve().then(() => this._followOrEnd());
        }
    };

    /** Follows what the app has carried to another scene by itself. */
    private _followOrEnd(): void {
        const life = this._life;
        const scene = life?.rtc.attachedNode?.getScene();
        if (scene && scene !== this._scene && !scene.isDisposed) {
            this._hold(scene);
        } else if (life) {
            life.dispose();
            life.rtc.detach(
                new RtcError(
                    "disposed",
                    "The scene was disposed, and voice chat with it. Before that, call plugin.moveToSceneAsync(nextScene).",
                ),
            );
        }
    }
}

/** Ends some turns after a plugin has arrived, or failed to. Never rejects. */
async function arrivedAsync(making: Promise<unknown>): Promise<void> {
    await making.catch(() => undefined);
    for (let turn = 0; turn < arrivalTurns; turn++) {
        await Promise.resolve();
    }
}

function checkMove(scene: Partial<Scene> | null, { avatarOf, player }: ISceneMoveOptions): void {
    if (!scene?.onDisposeObservable) {
        throw new RtcError("invalidArgument", "moveToSceneAsync needs the scene to move to.");
    }
    if (scene.isDisposed) {
        throw new RtcError("disposed", "The scene to move to is disposed.");
    }
    if (avatarOf !== undefined && typeof avatarOf !== "function") {
        throw new RtcError("invalidArgument", "The option `avatarOf` of moveToSceneAsync must be a function that gives a node or null.");
    }
    if (player !== undefined && !isNodeIn(scene, player)) {
        throw new RtcError("invalidArgument", "The option `player` of moveToSceneAsync must be a node of the scene to move to.");
    }
}

function isNodeIn(scene: Partial<Scene>, node: Partial<Node> | null): boolean {
    return node?.getScene?.() === scene && node.isDisposed?.() === false;
}

function taken(): RtcError {
    return new RtcError("invalidArgument", "This scene has voice chat already. Use that plugin, or dispose it first.");
}
