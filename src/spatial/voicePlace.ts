import type { Node } from "@babylonjs/core/node.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { IVector } from "./poseMath.js";

/**
 * Limit of the distance from the origin, in metres, summed over all axes. WebAudio uses 32-bit floats, and the square of a distance must fit
 * into one.
 */
const farthest = 1e18;

/**
 * Moves a point, unless the new position is invalid for WebAudio. A failed physics simulation yields NaN, Infinity, or numbers beyond 32-bit
 * floats. An audio graph that once contained NaN stays silent forever, and setting a parameter to a value that is not finite throws.
 * @param point - point to move
 * @param x - world coordinate, in metres
 * @param y - world coordinate, in metres
 * @param z - world coordinate, in metres
 * @returns true if the point was moved
 */
export function movePoint(point: IVector, x = NaN, y = NaN, z = NaN): boolean {
    const isPlace = Math.abs(x) + Math.abs(y) + Math.abs(z) < farthest;
    if (isPlace) {
        point.x = x;
        point.y = y;
        point.z = z;
    }
    return isPlace;
}

/** Place of a voice. It follows a node of the scene, and keeps the node's last position when the node is removed or disposed. */
export class VoicePlace {
    /** True once the position of a node has been read. */
    public known = false;
    /** World position, in metres. */
    public readonly position: IVector = { x: 0, y: 0, z: 0 };
    /** Direction that the node faces: its local +z, like `lookAt` and glTF models, in both handednesses. Unit vector. */
    public readonly facing: IVector = { x: 0, y: 0, z: 1 };

    private _node: Node | null = null;
    private _disposeObserver: Observer<Node> | null = null;

    /** The node that is followed. */
    public get node(): Node | null {
        return this._node;
    }

    public set node(node: Node | null) {
        if (node === this._node) {
            return;
        }
        if (this._disposeObserver) {
            this._node?.onDisposeObservable.remove(this._disposeObserver);
            this._disposeObserver = null;
        }
        this._node = node && !node.isDisposed() ? node : null;
        if (this._node) {
            // A node that is being disposed has already lost its parents, so the position of the last frame is kept.
            this._disposeObserver = this._node.onDisposeObservable.add(() => {
                this.node = null;
            });
            this.read();
        }
    }

    /**
     * Reads the current position and direction of the node. Allocates nothing.
     * @returns true if position or direction has changed
     */
    public read(): boolean {
        const node = this._node;
        if (!node) {
            return false;
        }
        const { position, facing } = this;
        const { x, y, z } = position;
        const { m } = node.getWorldMatrix();
        if (!movePoint(position, m[12], m[13], m[14])) {
            return false;
        }
        const fx = m[8] ?? NaN;
        const fy = m[9] ?? NaN;
        const fz = m[10] ?? NaN;
        const length = Math.sqrt(fx * fx + fy * fy + fz * fz);
        let changed = !this.known || x !== position.x || y !== position.y || z !== position.z;
        this.known = true;
        if (length > 0 && length < Infinity) {
            const nx = fx / length;
            const ny = fy / length;
            const nz = fz / length;
            changed ||= nx !== facing.x || ny !== facing.y || nz !== facing.z;
            facing.x = nx;
            facing.y = ny;
            facing.z = nz;
        }
        return changed;
    }

    /** Removes the node and forgets the position, until another node is set. */
    public forget(): void {
        this.node = null;
        this.known = false;
    }

    /** Stops following the node. */
    public dispose(): void {
        this.node = null;
    }
}
