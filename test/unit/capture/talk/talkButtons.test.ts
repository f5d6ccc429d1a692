import { Observable as BabylonObservable } from "@babylonjs/core/Misc/observable.js";
import type { AbstractEngine } from "@babylonjs/core/Engines/abstractEngine.js";
import { KeyboardEventTypes, KeyboardInfo } from "@babylonjs/core/Events/keyboardEvents.js";
import type { IKeyboardEvent } from "@babylonjs/core/Events/deviceInputEvents.js";
import type { WebXRControllerComponent } from "@babylonjs/core/XR/motionController/webXRControllerComponent.js";
import { WebXRState } from "@babylonjs/core/XR/webXRTypes.js";
import { NEVER } from "rxjs";
import { Microphone } from "../../../../src/capture/microphone.js";
import { gamepadButtonHeld$, heldBetween$, keyHeld$, xrButtonHeld$ } from "../../../../src/capture/talk/talkButtons.js";
import { useHeadsetMicrophone } from "../../../../src/capture/devices/xrMicrophone.js";
import { FakeMicrophone } from "../../../fakes/fakeMicrophone.js";
import { settleAsync } from "../../../fakes/settle.js";
import { thrownBy } from "../../../fakes/thrownBy.js";

const keyboard = () => {
    const onKeyboardObservable = new BabylonObservable<KeyboardInfo>();
    const onCanvasBlurObservable = new BabylonObservable<AbstractEngine>();
    const engine = { onCanvasBlurObservable } as unknown as AbstractEngine;
    return {
        scene: { onKeyboardObservable, getEngine: () => engine },
        press: (code: string) =>
            onKeyboardObservable.notifyObservers(new KeyboardInfo(KeyboardEventTypes.KEYDOWN, { code } as IKeyboardEvent)),
        release: (code: string) =>
            onKeyboardObservable.notifyObservers(new KeyboardInfo(KeyboardEventTypes.KEYUP, { code } as IKeyboardEvent)),
        blur: () => onCanvasBlurObservable.notifyObservers(engine),
        observed: () => onKeyboardObservable.hasObservers() || onCanvasBlurObservable.hasObservers(),
    };
};

describe("A talk button", () => {
    let microphone: Microphone;

    beforeEach(() => {
        microphone = new Microphone(undefined, NEVER, { media: new FakeMicrophone(), storage: null });
    });

    it("can be a key: held while it is down, whatever else is pressed, and released when the canvas loses focus", () => {
        const keys = keyboard();
        const told: boolean[] = [];
        const subscription = keyHeld$(keys.scene, "KeyV").subscribe((held) => told.push(held));
        keys.press("KeyW");
        keys.press("KeyV");
        keys.press("KeyV");
        keys.release("KeyW");
        keys.release("KeyV");
        keys.press("KeyV");
        keys.blur();
        expect(told).toEqual([false, true, false, true, false]);
        subscription.unsubscribe();
        expect(keys.observed()).toBe(false);
    });

    it("can be a gamepad button", () => {
        const pad = { onButtonDownObservable: new BabylonObservable<number>(), onButtonUpObservable: new BabylonObservable<number>() };
        const told: boolean[] = [];
        gamepadButtonHeld$(pad, 5).subscribe((held) => told.push(held));
        pad.onButtonDownObservable.notifyObservers(4);
        pad.onButtonDownObservable.notifyObservers(5);
        pad.onButtonUpObservable.notifyObservers(4);
        pad.onButtonUpObservable.notifyObservers(5);
        expect(told).toEqual([false, true, false]);
    });

    it("can be a button of an XR controller", () => {
        const onButtonStateChangedObservable = new BabylonObservable<WebXRControllerComponent>();
        const told: boolean[] = [];
        xrButtonHeld$({ pressed: true, onButtonStateChangedObservable }).subscribe((held) => told.push(held));
        onButtonStateChangedObservable.notifyObservers({ pressed: true } as unknown as WebXRControllerComponent);
        onButtonStateChangedObservable.notifyObservers({ pressed: false } as unknown as WebXRControllerComponent);
        expect(told).toEqual([true, false]);
    });

    it("sets microphone.talking, and resets it on unsubscribe", () => {
        const down = new BabylonObservable<number>();
        const up = new BabylonObservable<number>();
        const subscription = microphone.talkWhile(heldBetween$(down, up));
        expect(microphone.talking).toBe(false);
        down.notifyObservers(1);
        expect(microphone.talking).toBe(true);
        up.notifyObservers(1);
        down.notifyObservers(1);
        subscription.unsubscribe();
        expect(microphone.talking).toBe(false);
    });
});

describe("The way to talk", () => {
    const make = () => new Microphone(undefined, NEVER, { media: new FakeMicrophone(), storage: null });

    it("is open by default", () => {
        expect(make().mode).toBe("open");
    });

    it("rejects an unknown mode", () => {
        const microphone = make();
        expect(thrownBy(() => (microphone.mode = "shout" as "open"))).toMatchObject({ code: "invalidArgument" });
        expect(microphone.mode).toBe("open");
    });

    it.each([{ preRollMs: -1 }, { hangoverMs: 5_001 }, { attackMs: NaN }, { thresholdDb: 1 }, { volume: 1 }])(
        "rejects the options %p",
        (options) => {
            const microphone = make();
            const before = microphone.talkOptions;
            expect(thrownBy(() => (microphone.talkOptions = options))).toMatchObject({ code: "invalidArgument" });
            expect(microphone.talkOptions).toEqual(before);
        },
    );

    it("keeps the options that are not set", () => {
        const microphone = make();
        microphone.talkOptions = { hangoverMs: 500 };
        expect(microphone.talkOptions).toEqual({ preRollMs: 40, attackMs: 15, hangoverMs: 500, thresholdDb: -50 });
    });

    it("sends no track before the gate of pushToTalk is ready, rather than an open microphone", async () => {
        const microphone = make();
        const tracks: (MediaStreamTrack | null)[] = [];
        microphone.track$.subscribe((track) => tracks.push(track));
        microphone.mode = "pushToTalk";
        await microphone.startAsync();
        await settleAsync();
        expect(microphone.state.state).toBe("live");
        expect(tracks).toEqual([null]);
        microphone.stop();
    });
});

describe("useHeadsetMicrophone", () => {
    it("switches on entering and on leaving XR, one switch after the other", async () => {
        const said: string[] = [];
        const onStateChangedObservable = new BabylonObservable<WebXRState>();
        const subscription = useHeadsetMicrophone(
            {
                enterXrAsync: async () => {
                    said.push("in");
                    await settleAsync();
                    said.push("is in");
                    return true;
                },
                exitXrAsync: async () => {
                    said.push("out");
                    throw new Error("gone");
                },
            },
            { onStateChangedObservable },
        );
        for (const state of [WebXRState.ENTERING_XR, WebXRState.IN_XR, WebXRState.EXITING_XR, WebXRState.NOT_IN_XR, WebXRState.IN_XR]) {
            onStateChangedObservable.notifyObservers(state);
        }
        await settleAsync();
        await settleAsync();
        await settleAsync();
        expect(said).toEqual(["in", "is in", "out", "in", "is in"]);
        subscription.unsubscribe();
        expect(onStateChangedObservable.hasObservers()).toBe(false);
    });
});
