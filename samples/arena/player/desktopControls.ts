import { PointerEventTypes } from "@babylonjs/core/Events/pointerEvents.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { IControls } from "./controls.js";

/** Mouse sensitivity, in radians per pixel. */
const sensitivity = 0.0023;

/** Creates keyboard and mouse controls: click to look around, WASD or arrows to walk, Shift to run, Escape to release the pointer. */
export function createDesktopControls(scene: Scene, canvas: HTMLCanvasElement): IControls {
    const pressed = new Set<string>();
    const stop = new AbortController();
    const { signal } = stop;
    let [turn, nod] = [0, 0];

    window.addEventListener("keydown", ({ code }) => pressed.add(code), { signal });
    window.addEventListener("keyup", ({ code }) => pressed.delete(code), { signal });
    window.addEventListener("blur", () => pressed.clear(), { signal });
    document.addEventListener(
        "mousemove",
        ({ movementX, movementY }) => {
            if (document.pointerLockElement === canvas) {
                turn += movementX * sensitivity;
                nod += movementY * sensitivity;
            }
        },
        { signal },
    );
    // The scene receives only clicks that no button of the panel has handled.
    const observer = scene.onPointerObservable.add(({ type, event }) => {
        if (type === PointerEventTypes.POINTERDOWN && "pointerType" in event && event.pointerType === "mouse") {
            void capturePointerAsync(canvas);
        }
    });

    const isDown = (...codes: readonly string[]): number => (codes.some((code) => pressed.has(code)) ? 1 : 0);
    return {
        takeStep: () => {
            const step = {
                right: isDown("KeyD", "ArrowRight") - isDown("KeyA", "ArrowLeft"),
                forward: isDown("KeyW", "ArrowUp") - isDown("KeyS", "ArrowDown"),
                run: isDown("ShiftLeft", "ShiftRight") === 1,
                turn,
                nod,
            };
            [turn, nod] = [0, 0];
            return step;
        },
        dispose: () => {
            stop.abort();
            scene.onPointerObservable.remove(observer);
            if (document.pointerLockElement === canvas) {
                document.exitPointerLock();
            }
        },
    };
}

async function capturePointerAsync(canvas: HTMLCanvasElement): Promise<void> {
    try {
        await canvas.requestPointerLock();
    } catch {
        // Browsers reject pointer lock for about a second after Escape. A later click works.
    }
}
