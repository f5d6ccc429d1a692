import type { Node } from "@babylonjs/core/node.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { IVector } from "./poseMath.js";

/**
 * Farther than this from the origin, in metres along all axes together, nothing is placed: WebAudio counts in floats of 32 bits, and a square of a
 * distance must fit into one.
 */
const farthest = 1e18;

/**
 * Moves a point, unless what it is moved to is none that WebAudio can be told: physics that went astray gives NaN, Infinity, or numbers beyond its
 * floats. An audio graph that once held NaN stays silent for good, and a parameter that is set to what is no number throws.
 * @param point - moved
 * @param x - in the world, in metres
 * @param y - in the world, in metres
 * @param z - in the world, in metres
 * @returns whether it could be moved
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

/** Place of a voice. It follows a node of the scene, and stays where that node last stood when the node goes. */
export class VoicePlace {
    /** True once there was a node. */
    public known = false;
    /** In the world, in metres. */
    public readonly position: IVector = { x: 0, y: 0, z: 0 };
    /** Which way the node faces: its own +z, as `lookAt` turns it and glTF models look, in either handedness. Of length 1. */
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
            // A node that is being disposed has lost its parents already: what was read in the last frame is where it stood.
            this._disposeObserver = this._node.onDisposeObservable.add(() => {
                this.node = null;
            });
            this.read();
        }
    }

    /**
     * Looks where the node is now. Allocates nothing.
     * @returns whether that is another place, or another direction, than before
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

    /** Stays nowhere, until there is another node. */
    public forget(): void {
        this.node = null;
        this.known = false;
    }

    /** Follows nothing any more. */
    public dispose(): void {
        this.node = null;
    }
}
