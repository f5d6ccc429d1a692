import type { AbstractMesh } from "@babylonjs/core/Meshes/abstractMesh.js";
import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { XRDevice } from "iwer";
import { headset as emulated } from "../visitor";

interface IGlobals {
    readonly scene: Scene;
    readonly emulatedHeadset: XRDevice;
}

/**
 * Installs `hand` and `head`, which move the controllers and the head of the emulated headset. This function runs in the page, so it must not use
 * this module's scope.
 */
function installHand(): void {
    const { scene, emulatedHeadset: headset } = globalThis as unknown as IGlobals;
    const framesAsync = async (count: number): Promise<void> => {
        for (let frame = 0; frame < count; frame++) {
            await new Promise<void>((next) => scene.onAfterRenderObservable.addOnce(() => next()));
        }
    };
    const placeOf = (board: AbstractMesh, id: string): readonly [number, number, number] => {
        const [texture] = board.material?.getActiveTextures() ?? [];
        const { rootContainer } = texture as AdvancedDynamicTexture;
        const [control] = rootContainer.getDescendants(false, ({ name }) => name === id);
        if (!texture || !control) {
            throw new Error(`There is no ${id} on the board.`);
        }
        const { width, height } = texture.getSize();
        const { minimum, maximum } = board.getBoundingInfo();
        const x = minimum.x + (control.centerX / width) * (maximum.x - minimum.x);
        const y = maximum.y - (control.centerY / height) * (maximum.y - minimum.y);
        const { m } = board.computeWorldMatrix(true);
        const at = (row: number): number => (m[row] ?? 0) * x + (m[4 + row] ?? 0) * y + (m[12 + row] ?? 0);
        return [at(0), at(1), at(2)];
    };
    const restAsync = async (): Promise<AbstractMesh> => {
        const board = scene.getMeshByName("voice board");
        if (!board) {
            throw new Error("There is no board.");
        }
        let before;
        do {
            before = board.position.clone();
            await framesAsync(5);
        } while (!before.equalsWithEpsilon(board.position, 1e-4));
        return board;
    };
    /** Waits until the board is at rest, then places a controller at a distance (in metres) in front of a control, pointing straight ahead. */
    const pointAt = async (id: string, metres: number, hand: "left" | "right" = "right"): Promise<void> => {
        const [x, y, z] = placeOf(await restAsync(), id);
        // WebXR's z axis is opposite to that of the guides' left-handed scenes.
        headset.controllers[hand]?.position.set(x, y, -(z - metres));
        await framesAsync(5);
    };
    /** Moves a controller forward by a distance in metres. */
    const reach = async (metres: number, hand: "left" | "right" = "right"): Promise<void> => {
        const { position } = headset.controllers[hand] ?? {};
        position?.set(position.x, position.y, position.z - metres);
        await framesAsync(5);
    };
    const hold = async (button: string, pressed: boolean): Promise<void> => {
        headset.controllers.right?.updateButtonValue(button, pressed ? 1 : 0);
        await framesAsync(5);
    };
    /** Sets the head's rotation about the vertical axis, in radians to the left of its initial direction. Waits until the board has followed. */
    const turn = async (yaw: number): Promise<void> => {
        headset.quaternion.set(0, Math.sin(yaw / 2), 0, Math.cos(yaw / 2));
        await framesAsync(5);
        await restAsync();
    };
    Object.assign(globalThis, { hand: { pointAt, reach, hold }, head: { turn } });
}

/**
 * Installs `ears()`: the energy that each loudspeaker gets, as the sum of the squares of the last 16,384 samples. Runs in the page before its own
 * scripts.
 */
function installEars(): void {
    const pairs: (readonly AnalyserNode[])[] = [];
    const connect = (AudioNode.prototype as { connect(to: AudioNode | AudioParam, ...rest: number[]): unknown }).connect;
    function connectAndListen(this: AudioNode, to: AudioNode | AudioParam, ...rest: number[]): unknown {
        if (to instanceof AudioDestinationNode && !(this.context instanceof OfflineAudioContext)) {
            const splitter = new ChannelSplitterNode(this.context, { numberOfOutputs: 2 });
            connect.call(this, splitter);
            pairs.push(
                [0, 1].map((channel) => {
                    const analyser = new AnalyserNode(splitter.context, { fftSize: 16_384 });
                    connect.call(splitter, analyser, channel);
                    return analyser;
                }),
            );
        }
        return connect.call(this, to, ...rest);
    }
    Object.assign(AudioNode.prototype, { connect: connectAndListen });
    const powerAt = (ear: number): number =>
        pairs.reduce((sum, pair) => {
            const samples = new Float32Array(pair[ear]?.fftSize ?? 0);
            pair[ear]?.getFloatTimeDomainData(samples);
            return sum + samples.reduce((power, sample) => power + sample * sample, 0);
        }, 0);
    Object.assign(globalThis, { ears: () => ({ left: powerAt(0), right: powerAt(1) }) });
}

/** Gives the browser's last microphone the label of a headset's microphone. Runs in the page before its own scripts. */
function installHeadsetMicrophone(): void {
    const { enumerateDevices } = MediaDevices.prototype;
    MediaDevices.prototype.enumerateDevices = async function (): Promise<MediaDeviceInfo[]> {
        const devices = await enumerateDevices.call(this);
        const last = devices.findLast(({ kind }) => kind === "audioinput");
        return devices.map((device) => {
            const label = device === last && device.label !== "" ? "Headset Microphone (Oculus Virtual Audio Device)" : device.label;
            const { deviceId, groupId, kind } = device;
            return { deviceId, groupId, kind, label, toJSON: () => ({ deviceId, groupId, kind, label }) };
        });
    };
}

/**
 * Makes each `XMLHttpRequest` to another machine fail with 404, since Babylon would load assets for near interaction from the internet. Runs in the
 * page before its own scripts.
 */
function staysHere(): void {
    const { open } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.open = function (method: string, url: string | URL): void {
        const { hostname } = new URL(url, location.href);
        const isHere = ["localhost", "127.0.0.1", ""].includes(hostname);
        open.call(this, method, isHere ? String(url) : "data:,", true);
        if (!isHere) {
            Object.defineProperty(this, "status", { value: 404 });
        }
    };
}

/**
 * Init script for `GuideRun.openAsync`: a Quest 3 emulated by iwer, a microphone with the label of a headset's, and `ears()`. Once the page is
 * loaded, run `handScript` for `hand.pointAt(id, metres, which)`, `hand.reach(metres, which)`, `hand.hold(button, pressed)` and `head.turn(radians)`.
 */
export const headsetScript = [
    emulated,
    ...[installEars, installHeadsetMicrophone, staysHere].map((install) => `(${install.toString()})()`),
].join(";\n");

/** Init script for `ears()` only. */
export const earsScript = `(${installEars.toString()})()`;

/** Script for the hands and the head; see `headsetScript`. */
export const handScript = `(${installHand.toString()})()`;
