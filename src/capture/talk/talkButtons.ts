import type { Observable as BabylonObservable } from "@babylonjs/core/Misc/observable.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { WebXRControllerComponent } from "@babylonjs/core/XR/motionController/webXRControllerComponent.js";
import { distinctUntilChanged, filter, map, merge, startWith } from "rxjs";
import type { Observable } from "rxjs";
import { checkOptions } from "../../errors/checkOptions.js";
import { fromBabylon } from "../../interop/observables.js";

/** Button observables of a Babylon `Xbox360Pad`, `DualShockPad` or `GenericPad`. */
export interface IButtonSource<Button extends number> {
    readonly onButtonDownObservable: BabylonObservable<Button>;
    readonly onButtonUpObservable: BabylonObservable<Button>;
}

/** Babylon's `KeyboardEventTypes.KEYDOWN`. */
const keyDown = 1;

/**
 * Observes a key of the keyboard.
 * @param scene - scene that receives the key events; its canvas must have the focus
 * @param code - `KeyboardEvent.code` of the key, such as `KeyV` or `Space`
 * @returns whether the key is held, for `microphone.talkWhile`. False also when the canvas loses the focus, since the key's release is
 * not reported then.
 */
export function keyHeld$(scene: Pick<Scene, "getEngine" | "onKeyboardObservable">, code: string): Observable<boolean> {
    checkOptions({ scene, code }, "scene.getEngine! code!=string", "argument ");
    return merge(
        fromBabylon(scene.onKeyboardObservable).pipe(
            filter(({ event }) => event.code === code),
            map(({ type }) => type === keyDown),
        ),
        fromBabylon(scene.getEngine().onCanvasBlurObservable).pipe(map(() => false)),
    ).pipe(startWith(false), distinctUntilChanged());
}

/**
 * Observes a button of a gamepad.
 * @param pad - gamepad from `scene.gamepadManager`
 * @param button - number of the button, such as `Xbox360Button.RB`
 * @returns whether the button is held, for `microphone.talkWhile`
 */
export function gamepadButtonHeld$<Button extends number>(pad: IButtonSource<Button>, button: Button): Observable<boolean> {
    checkOptions(pad, "onButtonDownObservable.add! onButtonUpObservable.add!", "argument pad.");
    const one = filter((each: Button) => each === button);
    return held$(fromBabylon(pad.onButtonDownObservable).pipe(one), fromBabylon(pad.onButtonUpObservable).pipe(one));
}

/**
 * Observes a button of an XR controller.
 * @param component - a button, trigger or squeeze of an XR controller (`motionController.getComponent("xr-standard-squeeze")`)
 * @returns whether the button is held, for `microphone.talkWhile`
 */
export function xrButtonHeld$(
    component: Pick<WebXRControllerComponent, "onButtonStateChangedObservable" | "pressed">,
): Observable<boolean> {
    checkOptions(component, "onButtonStateChangedObservable.add!", "argument component.");
    return fromBabylon(component.onButtonStateChangedObservable).pipe(
        map(({ pressed }) => pressed),
        startWith(component.pressed),
        distinctUntilChanged(),
    );
}

/**
 * Observes any other input with a begin and an end: a control's `onPointerDownObservable` and `onPointerUpObservable`, or a hand's pinch.
 * @param down - notifies when the input begins
 * @param up - notifies when the input ends
 * @returns whether the input is active, for `microphone.talkWhile`
 */
export function heldBetween$<Down, Up>(down: BabylonObservable<Down>, up: BabylonObservable<Up>): Observable<boolean> {
    checkOptions({ down, up }, "down.add! up.add!", "argument ");
    return held$(fromBabylon(down), fromBabylon(up));
}

function held$(down$: Observable<unknown>, up$: Observable<unknown>): Observable<boolean> {
    return merge(down$.pipe(map(() => true)), up$.pipe(map(() => false))).pipe(startWith(false), distinctUntilChanged());
}
