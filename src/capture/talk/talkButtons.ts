import type { Observable as BabylonObservable } from "@babylonjs/core/Misc/observable.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { WebXRControllerComponent } from "@babylonjs/core/XR/motionController/webXRControllerComponent.js";
import { distinctUntilChanged, filter, map, merge, startWith } from "rxjs";
import type { Observable } from "rxjs";
import { checkOptions } from "../../errors/checkOptions.js";
import { fromBabylon } from "../../interop/observables.js";

/** As much of a Babylon `Xbox360Pad`, `DualShockPad` or `GenericPad` as buttons need. */
export interface IButtonSource<Button extends number> {
    readonly onButtonDownObservable: BabylonObservable<Button>;
    readonly onButtonUpObservable: BabylonObservable<Button>;
}

/** Babylon's `KeyboardEventTypes.KEYDOWN`. */
const keyDown = 1;

/**
 * @param scene - whose keys; they count while its canvas has the focus
 * @param code - `KeyboardEvent.code` of the key, like `KeyV` or `Space`
 * @returns whether it is held, for `microphone.talkWhile`. Released as well when the canvas loses the focus, since the key's own release is not told then.
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
 * @param pad - a gamepad, as `scene.gamepadManager` tells of it
 * @param button - its number, like `Xbox360Button.RB`
 * @returns whether it is held, for `microphone.talkWhile`
 */
export function gamepadButtonHeld$<Button extends number>(pad: IButtonSource<Button>, button: Button): Observable<boolean> {
    checkOptions(pad, "onButtonDownObservable.add! onButtonUpObservable.add!", "argument pad.");
    const one = filter((each: Button) => each === button);
    return held$(fromBabylon(pad.onButtonDownObservable).pipe(one), fromBabylon(pad.onButtonUpObservable).pipe(one));
}

/**
 * @param component - a button, trigger or squeeze of an XR controller (`motionController.getComponent("xr-standard-squeeze")`)
 * @returns whether it is held, for `microphone.talkWhile`
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
 * For anything else of Babylon's that begins and ends: a control's `onPointerDownObservable` and `onPointerUpObservable`, a hand's pinch.
 * @param down - notifies when it begins
 * @param up - notifies when it ends
 * @returns whether it lasts, for `microphone.talkWhile`
 */
export function heldBetween$<Down, Up>(down: BabylonObservable<Down>, up: BabylonObservable<Up>): Observable<boolean> {
    checkOptions({ down, up }, "down.add! up.add!", "argument ");
    return held$(fromBabylon(down), fromBabylon(up));
}

function held$(down$: Observable<unknown>, up$: Observable<unknown>): Observable<boolean> {
    return merge(down$.pipe(map(() => true)), up$.pipe(map(() => false))).pipe(startWith(false), distinctUntilChanged());
}
