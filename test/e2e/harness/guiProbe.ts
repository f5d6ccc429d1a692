import type { Container } from "@babylonjs/gui/2D/controls/container.js";
import type { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { AbstractMesh } from "@babylonjs/core/Meshes/abstractMesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type {} from "../../pages/gui/main";

/** A control that is drawn on the canvas: on the screen, or on a board in the scene. */
export interface IDrawn {
    readonly id: string;
    /** Centre of the control, in CSS pixels of the canvas. On a board: in texture coordinates, 0 to 1 from the upper left corner. */
    readonly x: number;
    readonly y: number;
    readonly onBoard: boolean;
}

/** Bounds of a control on the screen, in CSS pixels. */
export interface ISpan {
    readonly name: string;
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
}

/** Mute state of the local member, and the local preferences for another member. */
export interface IVoiceState {
    readonly muted: boolean;
    readonly deafened: boolean;
    readonly silenced: boolean;
    readonly volume: number;
}

declare global {
    var guiProbe: {
        drawn(): readonly IDrawn[];
        spot(name: string): IDrawn | null;
        sheets(): readonly ISpan[];
        /** True if a control lies completely between the upper and the lower edge of the control named `within`. */
        isInSight(id: string, within: string): boolean;
        pressOnBoard(id: string): void;
        fromHead(id: string, mesh: string): readonly [x: number, y: number, z: number] | null;
        heldByScene(): Readonly<Record<string, number | readonly string[]>>;
        state(id: string): IVoiceState;
    };
}

/**
 * Installs `guiProbe`, which finds controls by walking Babylon's own control tree. This function runs in the page, so it must not use this module's
 * scope.
 */
export function installGuiProbe(): void {
    const scene = (): Scene => globalThis.guiPage.scene;
    const isShown = (control: Control): boolean => {
        for (let at: Control | null = control; at; at = at.parent) {
            if (!at.isVisible) {
                return false;
            }
        }
        return true;
    };
    const found = (wanted: (control: Control) => boolean): readonly IDrawn[] =>
        scene()
            .textures.filter((texture) => texture.getClassName() === "AdvancedDynamicTexture")
            .flatMap((texture) => {
                const { rootContainer } = texture as unknown as { readonly rootContainer: Container };
                const onBoard = texture.name !== "voice screen";
                const { width, height } = texture.getSize();
                const canvas = scene().getEngine().getInputElement();
                const [across, down] = onBoard ? [1, 1] : [canvas?.clientWidth ?? 1, canvas?.clientHeight ?? 1];
                return rootContainer
                    .getDescendants(false, (control) => wanted(control) && isShown(control))
                    .map((control) => ({
                        id: control.name ?? "",
                        x: (control.centerX / width) * across,
                        y: (control.centerY / height) * down,
                        onBoard,
                    }));
            });
    const drawn = (): readonly IDrawn[] => found(({ typeName }) => ["Button", "Slider"].includes(typeName));
    const spot = (name: string): IDrawn | null => found((control) => control.name === name)[0] ?? null;
    const sheets = (): readonly ISpan[] => {
        const texture = scene().textures.find(({ name }) => name === "voice screen");
        const { rootContainer } = texture as unknown as { readonly rootContainer: Container };
        const canvas = scene().getEngine().getInputElement();
        const scale = (canvas?.clientWidth ?? 1) / (texture?.getSize().width ?? 1);
        return rootContainer.children
            .filter((control) => control.isVisible)
            .map(({ name, _currentMeasure: { left, top, width, height } }) => ({
                name: name ?? "",
                left: left * scale,
                top: top * scale,
                right: (left + width) * scale,
                bottom: (top + height) * scale,
            }));
    };
    /** World position of a control that is drawn on a mesh. */
    const placeOf = (id: string, mesh: AbstractMesh): Vector3 | null => {
        const target = spot(id);
        if (!target?.onBoard) {
            return null;
        }
        const { minimum, maximum } = mesh.getBoundingInfo();
        const point = mesh.position.clone();
        point.set(minimum.x + target.x * (maximum.x - minimum.x), maximum.y - target.y * (maximum.y - minimum.y), 0);
        mesh.computeWorldMatrix(true);
        const { m } = mesh.getWorldMatrix();
        const at = (row: number): number =>
            (m[row] ?? 0) * point.x + (m[4 + row] ?? 0) * point.y + (m[8 + row] ?? 0) * point.z + (m[12 + row] ?? 0);
        return point.set(at(0), at(1), at(2));
    };
    const fromHead = (id: string, name: string): readonly [x: number, y: number, z: number] | null => {
        const mesh = scene().getMeshByName(name);
        const camera = scene().activeCamera;
        const place = mesh?.isEnabled() ? placeOf(id, mesh) : null;
        if (!place || !camera) {
            return null;
        }
        const { m } = camera.getViewMatrix(true);
        const at = (row: number): number =>
            (m[row] ?? 0) * place.x + (m[4 + row] ?? 0) * place.y + (m[8 + row] ?? 0) * place.z + (m[12 + row] ?? 0);
        // A left-handed scene looks along +Z, WebXR along −Z.
        return [at(0), at(1), -at(2)];
    };
    const heldByScene = (): Readonly<Record<string, number | readonly string[]>> => {
        const { meshes, textures, materials, transformNodes, onBeforeRenderObservable, onPointerObservable } = scene();
        // Babylon (9.34) leaves these materials of pointer rays and their targets in the scene at each exit from XR.
        const babylons = ["laserPointerMat", "targetMat"];
        const namesOf = (things: readonly { readonly name: string }[]): readonly string[] =>
            things
                .map(({ name }) => name)
                .filter((name) => !babylons.includes(name))
                .sort();
        return {
            meshes: namesOf(meshes),
            textures: namesOf(textures),
            materials: namesOf(materials),
            transformNodes: namesOf(transformNodes),
            beforeRender: onBeforeRenderObservable.observers.length,
            pointer: onPointerObservable.observers.length,
        };
    };
    const isInSight = (id: string, within: string): boolean => {
        const [inner, outer] = [id, within].map((wanted) => {
            for (const texture of scene().textures) {
                const root = (texture as unknown as { readonly rootContainer?: Container }).rootContainer;
                const [control] = root?.getDescendants(false, ({ name }) => name === wanted) ?? [];
                if (control) {
                    return control._currentMeasure;
                }
            }
            throw new Error(`There is no ${wanted}.`);
        });
        return !!inner && !!outer && inner.top >= outer.top && inner.top + inner.height <= outer.top + outer.height;
    };
    const pressOnBoard = (id: string): void => {
        const mesh = scene().getMeshByName("voice board");
        const camera = scene().activeCamera;
        const place = mesh && placeOf(id, mesh);
        if (!place || !camera) {
            throw new Error(`There is no ${id} on the board.`);
        }
        const ray = camera.getForwardRay(10);
        ray.origin = camera.globalPosition.clone();
        ray.direction.copyFrom(place).subtractInPlace(ray.origin).normalize();
        const hit = scene().pickWithRay(ray, (candidate) => candidate === mesh);
        if (!hit?.hit) {
            throw new Error(`The ray to ${id} misses the board.`);
        }
        // The same calls as Babylon's own controller ray makes.
        scene().simulatePointerMove(hit, { pointerId: 7 });
        scene().simulatePointerDown(hit, { pointerId: 7 });
        scene().simulatePointerUp(hit, { pointerId: 7 });
    };
    const state = (id: string): IVoiceState => {
        const rtc = globalThis.guiPage.plugin?.rtc;
        const voice = rtc?.voiceOf(id);
        return {
            muted: rtc?.muted ?? false,
            deafened: rtc?.deafened ?? false,
            silenced: voice?.silenced ?? false,
            volume: voice?.volume ?? NaN,
        };
    };
    globalThis.guiProbe = { drawn, spot, sheets, isInSight, pressOnBoard, fromHead, heldByScene, state };
}
