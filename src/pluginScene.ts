import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { RtcError, throwIfAborted } from "./errors/rtcError.js";
import type { AvatarOf } from "./rtc/remote/memberVoices.js";
import type { RtcBehavior } from "./rtc/rtcBehavior.js";
import type { IListenerNodes } from "./spatial/sceneListener.js";

/** Options of a move to another scene: avatars, player and listener in that scene. */
export interface ISceneMoveOptions {
    /** Finds a member's avatar in that scene; null = not there yet. Default: the function that was in use before. */
    readonly avatarOf?: AvatarOf;
    /** The local player's node in that scene, which carries the RTC behavior. Default: a node that the plugin owns. */
    readonly player?: Node;
    /** Listener in that scene, see `IRtcPluginOptions.listener`. Default: the scene's active camera; in the same scene, the present listener. */
    readonly listener?: Node | IListenerNodes | null;
}

/** Parts of a plugin that live in its scene. */
export interface IPluginLife {
    readonly rtc: RtcBehavior;
    readonly avatarOf: AvatarOf | undefined;
    readonly player: Node | undefined;
    /** Disposes the plugin. Called when the scene is disposed while the plugin is still in it. */
    readonly dispose: () => void;
}

/**
 * After a plugin is ready, other callers that want its scene wait for this many more microtasks. In this time, the owner can dispose a plugin that it
 * no longer needs, which frees the scene for them.
 */
const arrivalTurns = 10;

/** Scenes that have a plugin, or whose plugin is being created. */
const holders = new WeakMap<Scene, PluginScene>();

/** The scene of a plugin, and the player's node in it. A scene has at most one plugin. */
export class PluginScene {
    /** Pending while the plugin is being created, and for `arrivalTurns` afterwards; null later. Never rejects. */
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
     * Creates a plugin in a scene that has none. Waits for a plugin that is being created in the scene, since the owner of that plugin may dispose
     * it as soon as it is ready.
     * @param scene - the scene
     * @param signal - cancels; the scene is free again at once
     * @param makeAsync - creates the plugin
     * @returns the plugin; rejects with the error of `makeAsync`, or with `invalidArgument` or `aborted`
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

    /** The present scene of the plugin. */
    public get scene(): Scene {
        return this._scene;
    }

    /** Finds a member's avatar with the function that the app passed last. */
    public readonly avatarOf: AvatarOf = (member) => this._avatarOf?.(member) ?? null;

    /**
     * Places the plugin in the scene.
     * @param life - parts of the plugin
     */
    public begin(life: IPluginLife): void {
        this._life = life;
        this._enter(this._scene, life.avatarOf, life.player);
    }

    /**
     * Moves to another scene, or to another node of this one.
     * @param scene - the new scene; it must have no other plugin
     * @param options - avatars and player in that scene. Throws `invalidArgument` or `disposed`, and then nothing changes.
     * @param onAllowed - called after these checks, before anything changes; it may throw to refuse the move
     */
    public move(scene: Scene, options: ISceneMoveOptions, onAllowed: () => void): void {
        if (!this._life) {
            throw new RtcError("disposed", "This plugin is disposed. Add voice chat with RtcPlugin.AddToSceneAsync.");
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
     * Removes the plugin from its scene.
     * @returns true if it was in a scene
     */
    public end(): boolean {
        const life = this._life;
        this._life = null;
        this._release();
        // The app may have moved the behavior to another node in the meantime.
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
                // The behavior is in that node's list already.
                rtc.attach(node);
            } else {
                // Attaches at once, even while the scene loads: a click that enters a room needs an attached behavior.
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

    /** Frees the scene for another plugin, unless another one already has it. */
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
            // The code that removed the behavior from its node may add it to another node next.
            void Promise.resolve().then(() => this._followOrEnd());
        }
    };

    /** Follows the behavior if the app has moved it to another scene; otherwise disposes the plugin. */
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
                    "The scene was disposed, and voice chat with it. To keep it, call plugin.moveToSceneAsync(nextScene) first.",
                ),
            );
        }
    }
}

/** Resolves `arrivalTurns` microtasks after a plugin is ready or has failed. Never rejects. */
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
        throw new RtcError("invalidArgument", "The option `avatarOf` of moveToSceneAsync must be a function that returns a node or null.");
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
