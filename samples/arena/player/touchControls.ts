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

/** Left thumb walks (a stick appears where it lands), right thumb looks. */
export function createTouchControls(scene: Scene, canvas: HTMLCanvasElement): IControls {
    let walking: IThumb | null = null;
    let looking: IThumb | null = null;
    let [turn, nod] = [0, 0];
    const stick = createStick();
    const stop = new AbortController();
    const { signal } = stop;

    // The scene hears of touches that no button of the panel took.
    const observer = scene.onPointerObservable.add(({ type, event }) => {
        if (type !== PointerEventTypes.POINTERDOWN || !(event instanceof PointerEvent) || event.pointerType === "mouse") {
            return;
        }
        const thumb = { id: event.pointerId, startX: event.clientX, startY: event.clientY, x: event.clientX, y: event.clientY };
        if (event.clientX < canvas.clientWidth / 2) {
            walking = thumb;
            stick.show(thumb);
        } else {
            looking = thumb;
        }
    });
    canvas.addEventListener(
        "pointermove",
        ({ pointerId, clientX, clientY }) => {
            if (walking?.id === pointerId) {
                [walking.x, walking.y] = [clientX, clientY];
                stick.show(walking);
            } else if (looking?.id === pointerId) {
                turn += (clientX - looking.x) * sensitivity;
                nod += (clientY - looking.y) * sensitivity;
                [looking.x, looking.y] = [clientX, clientY];
            }
        },
        { signal },
    );
    const release = ({ pointerId }: PointerEvent): void => {
        if (walking?.id === pointerId) {
            walking = null;
            stick.hide();
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
        dispose: () => {
            stop.abort();
            scene.onPointerObservable.remove(observer);
            stick.remove();
        },
    };
}

/** How far the stick is pulled: to the right and down, at most 1 long. */
function pull({ startX, startY, x, y }: IThumb): readonly [number, number] {
    const [dx, dy] = [(x - startX) / reach, (y - startY) / reach];
    const length = Math.max(1, Math.hypot(dx, dy));
    return [dx / length, dy / length];
}

function createStick(): { show(thumb: IThumb): void; hide(): void; remove(): void } {
    const ring = document.createElement("div");
    ring.className = "stick";
    ring.hidden = true;
    const knob = ring.appendChild(document.createElement("div"));
    document.body.append(ring);
    return {
        show: (thumb) => {
            const [right, down] = pull(thumb);
            ring.hidden = false;
            ring.style.translate = `${thumb.startX}px ${thumb.startY}px`;
            knob.style.translate = `${right * reach}px ${down * reach}px`;
        },
        hide: () => {
            ring.hidden = true;
        },
        remove: () => ring.remove(),
    };
}
