import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { IInputHelp, IScreenInsets, VoiceGui } from "babylon-rtc/gui";
import type { Player } from "../player/player.js";

const help = {
    keys: "Click to look · WASD to walk · Shift to run · M mutes · Esc frees the pointer",
    touch: "Drag the stick to walk · drag on the right to look",
    headset: "Thumbstick forward: aim and teleport · sideways: turn",
} as const satisfies IInputHelp;
/** Kinds of input whose help disappears once the player has followed it. The help for keys stays, because there are too many keys to remember. */
const passing = ["touch", "headset"] as const;
type Passing = (typeof passing)[number];

/** Height of the stick with its margin on a screen higher than `low`, and on a lower screen. All in CSS pixels. */
const [stickHeight, lowStickHeight, low] = [168, 124, 450];
/** Distance from the place where XR began after which the hint for headsets is removed, in metres. */
const jump = 1.5;
const key = "arena.learned";

/**
 * First-run hints in the voice controls, one per kind of input. A touch or headset hint disappears for good in this browser once the player has
 * followed it. Also shows and hides the touch stick, and keeps the voice controls clear of it.
 */
export class Hints {
    private readonly _scene: Scene;
    private readonly _player: Player;
    private readonly _gui: VoiceGui;
    private readonly _frames: Observer<Scene>;
    private readonly _learned = new Set<Passing>(load());
    /** Place of the player when XR began. Null outside of XR. */
    private _stood: Vector3 | null = null;
    /** Inputs of the last layout. They are compared field by field, because the comparison runs in every frame. */
    private readonly _laidOut = { stick: false, learned: -1, width: 0, height: 0 };

    public constructor(scene: Scene, player: Player, gui: VoiceGui) {
        this._scene = scene;
        this._player = player;
        this._gui = gui;
        this._frames = scene.onBeforeRenderObservable.add(() => this._update());
        this._update();
    }

    /** Stops updating the hints. */
    public dispose(): void {
        this._scene.onBeforeRenderObservable.remove(this._frames);
    }

    private _update(): void {
        const { touch } = this._player;
        const isInHeadset = this._scene.activeCamera !== this._player.camera;
        if (touch?.learned) {
            this._learn("touch");
        }
        if (this._hasJumped(isInHeadset)) {
            this._learn("headset");
        }
        const isCovered = isInHeadset || this._gui.settingsOpen || this._gui.roomsOpen;
        const hasStick = (touch?.hasStick ?? false) && !isCovered;
        const { _laidOut: last, _learned } = this;
        if (hasStick === last.stick && _learned.size === last.learned && innerWidth === last.width && innerHeight === last.height) {
            return;
        }
        Object.assign(last, { stick: hasStick, learned: _learned.size, width: innerWidth, height: innerHeight });
        if (touch) {
            touch.stickShown = hasStick;
        }
        const safe = safeInsets();
        this._gui.insets = { ...safe, bottom: safe.bottom + (hasStick ? (innerHeight > low ? stickHeight : lowStickHeight) : 0) };
        // No touch help without the stick.
        const shown = { ...help, touch: hasStick ? help.touch : "" };
        this._gui.help = { ...shown, ...Object.fromEntries([..._learned].map((kind) => [kind, ""])) };
    }

    private _hasJumped(isInHeadset: boolean): boolean {
        const place = this._scene.activeCamera?.globalPosition;
        if (!isInHeadset || !place) {
            this._stood = null;
            return false;
        }
        this._stood ??= place.clone();
        return Vector3.Distance(this._stood, place) > jump;
    }

    private _learn(kind: Passing): void {
        if (!this._learned.has(kind)) {
            this._learned.add(kind);
            save([...this._learned]);
        }
    }
}

/** Safe-area insets of the screen, in CSS pixels, from the style sheet's custom properties. */
function safeInsets(): IScreenInsets {
    const style = getComputedStyle(document.documentElement);
    const of = (side: string): number => Number.parseFloat(style.getPropertyValue(`--safe-${side}`)) || 0;
    return { left: of("left"), top: of("top"), right: of("right"), bottom: of("bottom") };
}

/** Reads the kinds of hints that the player has already followed. Empty if the browser has no storage; all hints are then shown. */
function load(): readonly Passing[] {
    try {
        const kept = localStorage.getItem(key)?.split(",") ?? [];
        return passing.filter((kind) => kept.includes(kind));
    } catch {
        return [];
    }
}

function save(learned: readonly Passing[]): void {
    try {
        localStorage.setItem(key, learned.join());
    } catch {
        // Without storage, the hint is shown again next time.
    }
}
