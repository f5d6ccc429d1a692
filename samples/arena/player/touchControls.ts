import { PointerEventTypes } from "@babylonjs/core/Events/pointerEvents.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { IControls } from "./controls.js";

/** Look sensitivity, in radians per CSS pixel. */
const sensitivity = 0.006;
/** Distance from the stick's centre to full speed, in CSS pixels. */
const reach = 56;

interface IThumb {
    readonly id: number;
    readonly startX: number;
    readonly startY: number;
    x: number;
    y: number;
}

/** Touch controls with an on-screen stick. */
export interface ITouchControls extends IControls {
    /** True once the player has walked and looked around by touch, so that the hint is no longer needed. */
    readonly learned: boolean;
    /** True if the stick is available: the last press was by touch or pen. Before the first press: true if the primary pointer is coarse. */
    readonly hasStick: boolean;
    /** True if the stick may be shown; set it to false while something covers its place. Default: true. */
    stickShown: boolean;
}

/** Creates touch controls: a drag on the left half of the screen walks (the stick moves to the finger), one on the right half looks around. */
export function createTouchControls(scene: Scene, canvas: HTMLCanvasElement): ITouchControls {
    let walking: IThumb | null = null;
    let looking: IThumb | null = null;
    let [turn, nod] = [0, 0];
    let [hasWalked, hasLooked] = [false, false];
    let [hasStick, isShown] = [matchMedia("(pointer: coarse)").matches, true];
    const stick = createStick();
    const show = (): void => {
        stick.ring.hidden = !hasStick || !isShown;
    };
    show();
    const stop = new AbortController();
    const { signal } = stop;

    // The scene receives only touches that no button of the panel has handled.
    const observer = scene.onPointerObservable.add(({ type, event }) => {
        if (type !== PointerEventTypes.POINTERDOWN || !(event instanceof PointerEvent)) {
            return;
        }
        hasStick = event.pointerType !== "mouse";
        show();
        if (!hasStick) {
            return;
        }
        const thumb = { id: event.pointerId, startX: event.clientX, startY: event.clientY, x: event.clientX, y: event.clientY };
        if (event.clientX < canvas.clientWidth / 2) {
            walking = thumb;
            stick.hold(thumb);
        } else {
            looking = thumb;
        }
    });
    canvas.addEventListener(
        "pointermove",
        ({ pointerId, clientX, clientY }) => {
            if (walking?.id === pointerId) {
                [walking.x, walking.y] = [clientX, clientY];
                stick.hold(walking);
                hasWalked = true;
            } else if (looking?.id === pointerId) {
                turn += (clientX - looking.x) * sensitivity;
                nod += (clientY - looking.y) * sensitivity;
                [looking.x, looking.y] = [clientX, clientY];
                hasLooked = true;
            }
        },
        { signal },
    );
    const release = ({ pointerId }: PointerEvent): void => {
        if (walking?.id === pointerId) {
            walking = null;
            stick.release();
        } else if (looking?.id === pointerId) {
            looking = null;
        }
    };
    window.addEventListener("pointerup", release, { signal });
    window.addEventListener("pointercancel", release, { signal });

    return {
        takeStep: () => {
            const [right, down] = walking ? pull(walking) : [0, 0];
            const step = { right, forward: -down, run: Math.hypot(right, down) > 0.97, turn, nod };
            [turn, nod] = [0, 0];
            return step;
        },
        get learned() {
            return hasWalked && hasLooked;
        },
        get hasStick() {
            return hasStick;
        },
        get stickShown() {
            return isShown;
        },
        set stickShown(shown) {
            isShown = shown;
            show();
        },
        dispose: () => {
            stop.abort();
            scene.onPointerObservable.remove(observer);
            stick.ring.remove();
        },
    };
}

/** Deflection of the stick to the right and down. The length of the vector is at most 1. */
function pull({ startX, startY, x, y }: IThumb): readonly [number, number] {
    const [dx, dy] = [(x - startX) / reach, (y - startY) / reach];
    const length = Math.max(1, Math.hypot(dx, dy));
    return [dx / length, dy / length];
}

function createStick(): { readonly ring: HTMLElement; hold(thumb: IThumb): void; release(): void } {
    const ring = document.createElement("div");
    ring.className = "stick";
    const knob = ring.appendChild(document.createElement("div"));
    document.body.append(ring);
    return {
        ring,
        hold: (thumb) => {
            const [right, down] = pull(thumb);
            // Centre of the stick at rest: `offsetLeft` and `offsetTop` do not include `translate`.
            const [x, y] = [ring.offsetLeft + ring.offsetWidth / 2, ring.offsetTop + ring.offsetHeight / 2];
            ring.classList.add("held");
            ring.style.translate = `${thumb.startX - x}px ${thumb.startY - y}px`;
            knob.style.translate = `${right * reach}px ${down * reach}px`;
        },
        release: () => {
            ring.classList.remove("held");
            ring.style.translate = knob.style.translate = "none";
        },
    };
}
