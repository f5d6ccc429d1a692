import type { Behavior } from "@babylonjs/core/Behaviors/behavior.js";
import type { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { MorphTarget } from "@babylonjs/core/Morph/morphTarget.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Observable, Subscription } from "rxjs";
import { checkOptions } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";

/** Options of lip sync: the morph target or scale that moves, its range, and the levels. */
export interface ILipSyncOptions {
    /** Morph target of an open mouth. Default: none; the attached node is scaled instead. */
    readonly morphTarget?: MorphTarget;
    /** Local axis along which the node is scaled. Default: `y`. */
    readonly axis?: "x" | "y" | "z";
    /** Influence, or multiple of the node's scale, of a closed mouth. Default: 0 for a morph target, 1 for a scale. */
    readonly closed?: number;
    /** Influence, or multiple of the node's scale, of a wide open mouth. Default: 1 for a morph target, 2 for a scale. */
    readonly open?: number;
    /** Level at and below which the mouth is closed, in dBFS. Default: −45. */
    readonly quietDb?: number;
    /** Level at and above which the mouth is wide open, in dBFS. Default: −15. */
    readonly loudDb?: number;
}

/** Time constants of the mouth, in seconds. Closing is slower, since levels arrive only ten times a second. */
const [opening, closing] = [0.035, 0.08];
/** Difference to the target openness, 0 to 1, below which the target counts as reached. */
const near = 0.004;

/**
 * Maps a level to the openness of a mouth. Pure.
 * @param level - root mean square, 0 to 1
 * @param quietDb - level at and below which the mouth is closed, in dBFS
 * @param loudDb - level at and above which the mouth is wide open, in dBFS
 * @returns 0 = closed to 1 = wide open
 */
export function mouthOpenness(level: number, quietDb: number, loudDb: number): number {
    const decibels = level > 0 ? 20 * Math.log10(level) : -Infinity;
    return Math.min(1, Math.max(0, (decibels - quietDb) / (loudDb - quietDb)));
}

/**
 * Moves a mouth by the level of a voice: `mouth.addBehavior(new LipSyncBehavior(levelOf$(plugin.rtc, member.id)))` scales the node; with
 * `{ morphTarget }` it morphs the face. Subscribed while attached, runs only in frames in which the mouth moves, and closes the mouth when detached.
 */
export class LipSyncBehavior implements Behavior<Node> {
    /** Name of the behavior, for `node.getBehaviorByName`. */
    public readonly name = "LipSync";
    /** The attached node; null while detached. */
    public attachedNode: Node | null = null;
    private readonly _level$: Observable<number>;
    private readonly _options: ILipSyncOptions;
    private readonly _quietDb: number;
    private readonly _loudDb: number;
    private readonly _closed: number;
    private readonly _open: number;
    private _unscaled = 1;
    /** Scale that was written last. */
    private _scaled = 1;
    private _wanted = 0;
    private _openness = 0;
    private _subscription: Subscription | null = null;
    private _frames: Observer<Scene> | null = null;

    /**
     * @param level$ - root mean square, 0 to 1: `levelOf$`, or the `level$` of a voice, a `VoiceBehavior` or the microphone
     * @param options - morph target or axis, range and levels. Throws `invalidArgument` if a number is not finite or `loudDb` is not above `quietDb`.
     */
    public constructor(level$: Observable<number>, options: ILipSyncOptions = {}) {
        checkOptions(
            { ...options, level$ },
            "level$.subscribe! morphTarget=object axis=x|y|z closed=-1e9..1e9 open=-1e9..1e9 quietDb=-1e9..1e9 loudDb=-1e9..1e9",
        );
        const { morphTarget, quietDb = -45, loudDb = -15 } = options;
        this._level$ = level$;
        this._options = options;
        this._quietDb = quietDb;
        this._loudDb = loudDb;
        this._closed = options.closed ?? (morphTarget ? 0 : 1);
        this._open = options.open ?? (morphTarget ? 1 : 2);
        if (loudDb <= quietDb) {
            throw new RtcError("invalidArgument", "Lip sync needs a loudDb above its quietDb.");
        }
    }

    /** Current openness of the mouth: 0 = closed to 1 = wide open. */
    public get openness(): number {
        return this._openness;
    }

    /** Part of Babylon's behavior contract. A no-op. */
    public init(): void {
        // Nothing.
    }

    /**
     * Starts the animation. Called by `node.addBehavior`. Throws `invalidArgument` for a node without a scale, unless there is a morph target.
     * @param node - the mouth, or any node of the avatar if there is a morph target
     */
    public attach(node: Node): void {
        this.detach();
        if (!this._options.morphTarget) {
            const scaling = scalingOf(node);
            if (!scaling) {
                throw new RtcError("invalidArgument", "Lip sync scales a mesh or transform node. For others, set `morphTarget`.");
            }
            this._scaled = this._unscaled = scaling[this._options.axis ?? "y"];
        }
        this.attachedNode = node;
        this._subscription = this._level$.subscribe((level) => {
            this._wanted = mouthOpenness(level, this._quietDb, this._loudDb);
            if (this._wanted !== this._openness) {
                this._frames ??= node.getScene().onBeforeRenderObservable.add((scene) => this._update(scene));
            }
        });
    }

    /** Stops the animation and closes the mouth. Called by `node.removeBehavior` and when the node is disposed. */
    public detach(): void {
        const node = this.attachedNode;
        if (!node) {
            return;
        }
        this._subscription?.unsubscribe();
        this._subscription = null;
        this._rest(node.getScene());
        this._wanted = this._openness = 0;
        this._show();
        this.attachedNode = null;
    }

    private _update(scene: Scene): void {
        const seconds = scene.getEngine().getDeltaTime() / 1000;
        const constant = this._wanted > this._openness ? opening : closing;
        this._openness += (this._wanted - this._openness) * (1 - Math.exp(-seconds / constant));
        if (Math.abs(this._wanted - this._openness) < near) {
            this._openness = this._wanted;
            this._rest(scene);
        }
        this._show();
    }

    private _rest(scene: Scene): void {
        scene.onBeforeRenderObservable.remove(this._frames);
        this._frames = null;
    }

    private _show(): void {
        const value = this._closed + this._openness * (this._open - this._closed);
        const { morphTarget, axis = "y" } = this._options;
        if (morphTarget) {
            morphTarget.influence = value;
        } else if (this.attachedNode) {
            const scaling = scalingOf(this.attachedNode);
            if (scaling) {
                // A scale that the app has set meanwhile becomes the new base scale.
                if (scaling[axis] !== this._scaled) {
                    this._unscaled = scaling[axis];
                }
                this._scaled = scaling[axis] = this._unscaled * value;
            }
        }
    }
}

function scalingOf(node: Node): Vector3 | null {
    return "scaling" in node ? (node.scaling as Vector3) : null;
}
