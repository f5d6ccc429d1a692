import type { PointerInfoBase } from "@babylonjs/core/Events/pointerEvents.js";
import { Subscription, fromEvent, map, merge } from "rxjs";
import type { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { WayToTalk } from "../../index.js";
import type { MirrorGroup } from "../accessibility/domMirror.js";
import type { GuiContext, IGuiSource } from "../guiContext.js";
import { PushButton } from "../kit/pushButton.js";
import { surface } from "../kit/surface.js";

/** Size of the button, in pixels. */
const [width, height] = [104, 76];

/**
 * Button to hold for talking or muting, for touch screens. Visible only in push-to-talk and push-to-mute mode, while `offered` is true. In the DOM
 * mirror it is a toggle button: one press starts talking or muting, the next one ends it.
 */
export class TalkButton {
    /** The control to add. */
    public readonly control: Rectangle;
    private readonly _microphone: IGuiSource["rtc"]["microphone"];
    private readonly _context: GuiContext;
    private readonly _group: MirrorGroup;
    private readonly _button: PushButton;
    private readonly _subscription = new Subscription();
    /** Subscription to the end of the current press, empty for a press in the DOM mirror; null = not held. */
    private _press: Subscription | null = null;
    private _isOffered = false;
    private _way: WayToTalk = "open";

    /**
     * @param source - the plugin
     * @param context - theme, texts and DOM mirror
     */
    public constructor({ rtc: { microphone } }: IGuiSource, context: GuiContext) {
        const { theme, texts } = context;
        this._microphone = microphone;
        this._context = context;
        this._group = context.group(texts.settings.way);
        this._button = new PushButton({
            id: "talk",
            theme,
            icon: "microphone",
            caption: texts.bar.holdToTalk,
            width,
            height,
            press: () => this._hold(this._press ? null : new Subscription()),
        });
        const { control } = this._button;
        this.control = surface("talk sheet", width, theme);
        this.control.addControl(control);
        // On the canvas the button is held, not clicked.
        control.onPointerClickObservable.clear();
        control.onPointerDownObservable.add((_, { userInfo }) => {
            const { pointerId } = (userInfo as PointerInfoBase).event as PointerEvent;
            this._hold(
                // `window` gets an event at the end of every press; the control gets one only if the pointer is released over it.
                merge(
                    ...["pointerup", "pointercancel"].map((type) => fromEvent<PointerEvent>(window, type, { capture: true })),
                    fromEvent(window, "blur").pipe(map(() => ({ pointerId }))),
                ).subscribe((end) => {
                    if (end.pointerId === pointerId) {
                        this._hold(null);
                    }
                }),
            );
        });
        this._subscription.add(
            microphone.mode$.subscribe((way) => {
                this._way = way;
                this._show();
            }),
        );
    }

    /** True = visible in push-to-talk and push-to-mute mode. Default: false. */
    public set offered(offered: boolean) {
        if (offered !== this._isOffered) {
            this._isOffered = offered;
            this._show();
        }
    }

    /** Ends the current press, then disposes the button and its group in the DOM mirror. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this._hold(null);
        this.control.dispose();
        this._context.release(this._group);
    }

    /** @param press - subscription of the press that begins; null = the press ends */
    private _hold(press: Subscription | null): void {
        if (!press && !this._press) {
            return;
        }
        this._press?.unsubscribe();
        this._press = press;
        this._microphone.talking = press !== null;
        this._show();
    }

    private _show(): void {
        const { theme, texts } = this._context;
        const isHeld = this._press !== null;
        const isToTalk = this._way === "pushToTalk";
        this.control.isVisible = this._isOffered && (isToTalk || this._way === "pushToMute");
        if (isHeld && !this.control.isVisible) {
            this._hold(null);
            return;
        }
        const isHeard = isToTalk === isHeld;
        this._button.setIcon(isHeard ? "microphone" : "microphoneOff", isHeld ? theme.onAccent : theme.ink);
        this._button.caption = this._button.name = isToTalk ? texts.bar.holdToTalk : texts.bar.holdToMute;
        this._button.lit = this._button.pressed = isHeld;
        this._group.show([this._button]);
    }
}
