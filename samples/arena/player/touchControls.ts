import { PointerEventTypes } from "@babylonjs/core/Events/pointerEvents.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { IControls } from "./controls.js";

/** Radians per CSS pixel of the looking thumb. */
const sensitivity = 0.006;
/** CSS pixels from the stick's middle to full speed. */
const reach = 56;

interface IThumb {
    readonly id: number;
    readonly startX: number;
    readonly startY: number;
    x: number;
    y: number;
}

/** Touch controls on the screen, and what they have been used for. */
export interface ITouchControls extends IControls {
    /** True once the player has walked and looked around by touch; the hint is not needed any more. */
    readonly learned: boolean;
    /** True if there is a stick: the device has a touch screen, or was touched. */
    readonly hasStick: boolean;
    /** Visibility of the stick; false while a panel covers its place. Default: true. */
    stickShown: boolean;
}

/** Left thumb walks (the stick comes to where it lands), right thumb looks. */
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

    // The scene hears of touches that no button of the panel took.
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

/** Deflection of the stick: to the right and down, at most 1 long. */
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
            // Its place at rest, without the present drag.
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
