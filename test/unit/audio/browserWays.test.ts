import { Observable } from "@babylonjs/core/Misc/observable.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { xrEntries$, xrReturns$ } from "../../../src/audio/browserWays.js";
import type { IXrScene } from "../../../src/audio/browserWays.js";

describe("xrEntries$", () => {
    test("emits when a WebXR camera becomes active and on each select or squeeze, but not after XR ends", () => {
        const session = new EventTarget();
        const camera = (name: string) => ({ getClassName: () => name, _xrSessionManager: { session } });
        const changed = new Observable<Scene>();
        const scene = { activeCamera: camera("FreeCamera"), onActiveCameraChanged: changed };
        const notify = (name: string): void => {
            scene.activeCamera = camera(name);
            changed.notifyObservers(scene as unknown as Scene);
        };
        let told = 0;
        const life = xrEntries$(scene as unknown as IXrScene).subscribe(() => told++);
        session.dispatchEvent(new Event("select"));
        expect(told).toBe(0);
        notify("WebXRCamera");
        expect(told).toBe(1);
        session.dispatchEvent(new Event("select"));
        session.dispatchEvent(new Event("squeeze"));
        expect(told).toBe(3);
        notify("FreeCamera");
        session.dispatchEvent(new Event("select"));
        expect(told).toBe(3);
        life.unsubscribe();
        expect(changed.hasObservers()).toBe(false);
    });
});

describe("xrReturns$", () => {
    test("emits when the session of a WebXR camera is visible again, but not when it is hidden or over", () => {
        const session = Object.assign(new EventTarget(), { visibilityState: "visible" });
        const changed = new Observable<Scene>();
        const scene = {
            activeCamera: { getClassName: () => "WebXRCamera", _xrSessionManager: { session } },
            onActiveCameraChanged: changed,
        };
        const become = (state: string): void => {
            session.visibilityState = state;
            session.dispatchEvent(new Event("visibilitychange"));
        };
        let told = 0;
        const life = xrReturns$(scene as unknown as IXrScene).subscribe(() => told++);
        become("hidden");
        expect(told).toBe(0);
        become("visible");
        become("visible-blurred");
        become("visible");
        expect(told).toBe(2);
        scene.activeCamera = { ...scene.activeCamera, getClassName: () => "FreeCamera" };
        changed.notifyObservers(scene as unknown as Scene);
        become("visible");
        expect(told).toBe(2);
        life.unsubscribe();
        expect(changed.hasObservers()).toBe(false);
    });
});
