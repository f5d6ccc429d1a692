import type { IKeyboardEvent } from "@babylonjs/core/Events/deviceInputEvents.js";
import type { Observable as BabylonObservable } from "@babylonjs/core/Misc/observable.js";
import { distinctUntilChanged, filter, map, merge, startWith } from "rxjs";
import type { Observable } from "rxjs";
import { fromBabylon } from "../interop/observables.js";

/** As much of a Babylon `Scene` as keys need. */
export interface IKeySource {
    readonly onKeyboardObservable: BabylonObservable<{ readonly type: number; readonly event: IKeyboardEvent }>;
    getEngine(): { readonly onCanvasBlurObservable: BabylonObservable<unknown> };
}

/** As much of a Babylon `Xbox360Pad`, `DualShockPad` or `GenericPad` as buttons need. */
export interface IButtonSource {
    readonly onButtonDownObservable: BabylonObservable<number>;
    readonly onButtonUpObservable: BabylonObservable<number>;
}

/** As much of a Babylon `WebXRControllerComponent` (`motionController.getComponent("squeeze")`) as buttons need. */
export interface IComponentSource {
    readonly pressed: boolean;
    readonly onButtonStateChangedObservable: BabylonObservable<{ readonly pressed: boolean }>;
}

/** Babylon's `KeyboardEventTypes.KEYDOWN`. */
const keyDown = 1;

/**
 * @param scene - whose keys; they count while its canvas has the focus
 * @param code - `KeyboardEvent.code` of the key, like `KeyV` or `Space`
 * @returns whether it is held, for `microphone.talkWhile`. Released as well when the canvas loses the focus, since the key's own release is not told then.
 */
export function keyHeld$(scene: IKeySource, code: string): Observable<boolean> {
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
export function gamepadButtonHeld$(pad: IButtonSource, button: number): Observable<boolean> {
    const one = filter((each: number) => each === button);
    return heldBetween$(fromBabylon(pad.onButtonDownObservable).pipe(one), fromBabylon(pad.onButtonUpObservable).pipe(one));
}

/**
 * @param component - a button, trigger or squeeze of an XR controller
 * @returns whether it is held, for `microphone.talkWhile`
 */
export function xrButtonHeld$(component: IComponentSource): Observable<boolean> {
    return fromBabylon(component.onButtonStateChangedObservable).pipe(
        map(({ pressed }) => pressed),
        startWith(component.pressed),
        distinctUntilChanged(),
    );
}

/**
 * For anything else that begins and ends: a control's pointer events, a hand's pinch.
 * @param down - emits when it begins
 * @param up - emits when it ends
 * @returns whether it lasts, for `microphone.talkWhile`
 */
export function heldBetween$(down: Observable<unknown>, up: Observable<unknown>): Observable<boolean> {
    return merge(down.pipe(map(() => true)), up.pipe(map(() => false))).pipe(startWith(false), distinctUntilChanged());
}
