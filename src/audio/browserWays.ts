import type { Scene } from "@babylonjs/core/scene.js";
import { EMPTY, distinctUntilChanged, filter, fromEvent, map, merge, of, startWith, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { fromBabylon } from "../interop/observables.js";
import { gestures$, pageReturns$ } from "../interop/page.js";
import type { AudioHost } from "./audioHost.js";
import { conversing$ } from "./audioSession.js";
import { keepSounding$ } from "./keepSounding.js";

/**
 * While audio is wanted, meets the conditions that browsers set for playing audio; `docs/browsers.md` lists them.
 * @param wanted$ - whether audio is wanted
 * @param host - host of the audio engine
 * @param scene$ - scene in which the audio is heard
 * @returns emits nothing; active while subscribed. Errors if `wanted$` or `scene$` errors.
 */
export function browserWays$(wanted$: Observable<boolean>, host: AudioHost, scene$: Observable<IXrScene>): Observable<never> {
    return wanted$.pipe(
        distinctUntilChanged(),
        switchMap((wanted) =>
            wanted
                ? merge(
                      conversing$(),
                      keepSounding$(host, {
                          gestures$: merge(gestures$(), scene$.pipe(switchMap(xrEntries$))),
                          returns$: merge(pageReturns$(), scene$.pipe(switchMap(xrReturns$))),
                      }),
                  )
                : EMPTY,
        ),
    );
}

/** The part of a scene that is used. */
export type IXrScene = Pick<Scene, "activeCamera" | "onActiveCameraChanged">;

/** The part of an XR session that is used. */
type XrSession = EventTarget & Partial<Pick<XRSession, "visibilityState">>;

/** The private member of Babylon's WebXR camera through which the XR session is read. */
interface IXrCamera {
    readonly _xrSessionManager?: { readonly session?: XrSession };
}

/** Events of an XR session that count as a user gesture. https://immersive-web.github.io/webxr/#primary-action */
const actions = ["select", "squeeze"];

/**
 * Emits when XR is entered, and on each trigger or squeeze in XR. Browsers allow audio to start at these moments. On entering XR, Babylon
 * resumes only its legacy audio engine. Babylon resumes an `AudioEngineV2` on clicks in the page, but there are none in a headset, and none
 * before a session that was started with the browser's own button.
 * @param scene - the scene; an active WebXR camera shows that it is in XR
 */
export function xrEntries$(scene: IXrScene): Observable<unknown> {
    return xrCamera$(scene).pipe(
        switchMap((camera) => {
            if (!camera) {
                return EMPTY;
            }
            const session = sessionOf(camera);
            return merge(of(null), ...(session ? actions.map((type) => fromEvent(session, type)) : []));
        }),
    );
}

/**
 * Emits when an XR session becomes visible again, after the headset was taken off or its system menu was open. The page itself may have been
 * visible all the time.
 * @param scene - the scene; an active WebXR camera shows that it is in XR
 * @see https://immersive-web.github.io/webxr/#xrsession-visibility-state
 */
export function xrReturns$(scene: IXrScene): Observable<unknown> {
    return xrCamera$(scene).pipe(
        map((camera) => camera && sessionOf(camera)),
        switchMap((session) =>
            session ? fromEvent(session, "visibilitychange").pipe(filter(() => session.visibilityState === "visible")) : EMPTY,
        ),
    );
}

/** The scene's active WebXR camera; null = none. Replays. */
function xrCamera$(scene: IXrScene): Observable<IXrCamera | null> {
    return fromBabylon(scene.onActiveCameraChanged).pipe(
        startWith(null),
        map(() => (scene.activeCamera?.getClassName() === "WebXRCamera" ? (scene.activeCamera as unknown as IXrCamera) : null)),
        distinctUntilChanged(),
    );
}

function sessionOf(camera: IXrCamera): XrSession | undefined {
    return camera._xrSessionManager?.session;
}
