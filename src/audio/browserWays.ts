import type { Scene } from "@babylonjs/core/scene.js";
import { EMPTY, distinctUntilChanged, filter, fromEvent, map, merge, of, startWith, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { fromBabylon } from "../interop/observables.js";
import { gestures$, pageReturns$ } from "../interop/page.js";
import type { AudioHost } from "./audioHost.js";
import { conversing$ } from "./audioSession.js";
import { keepSounding$ } from "./keepSounding.js";

/**
 * Meets the conditions of each browser for playing sound, while it is wanted; `docs/browsers.md` lists them.
 * @param wanted$ - whether sound is wanted
 * @param host - whose sound
 * @param scene$ - where it is heard
 * @returns emits nothing; subscribed, it follows. Errors as `wanted$` does.
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

/** As much of a scene as is needed. */
export type IXrScene = Pick<Scene, "activeCamera" | "onActiveCameraChanged">;

/** An XR session, as far as it matters here. */
type XrSession = EventTarget & Partial<Pick<XRSession, "visibilityState">>;

/** Babylon keeps the session of its WebXR camera to itself. */
interface IXrCamera {
    readonly _xrSessionManager?: { readonly session?: XrSession };
}

/** Events that WebXR counts as a user gesture. https://immersive-web.github.io/webxr/#primary-action */
const actions = ["select", "squeeze"];

/**
 * Tells when a headset is put on, and of each trigger that is pulled inside: moments in which browsers let sound start. Babylon resumes its
 * legacy engine alone on entering XR, and on a page's clicks its present one; in a headset there are none, and a session that the
 * browser's own button began had none before.
 * @param scene - the scene; that it renders a WebXR camera is what tells
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
 * Tells when a headset that was taken off, or whose system menu was open, is back: its session is visible again. The page itself may have been
 * visible all the time.
 * @param scene - the scene; that it renders a WebXR camera is what tells
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

/** The WebXR camera that the scene renders; null = none. Replays. */
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
