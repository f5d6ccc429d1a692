import { Logger } from "@babylonjs/core/Misc/logger.js";
import { Subject, combineLatest, distinctUntilChanged, map } from "rxjs";
import type { Observable } from "rxjs";
import type { IRoomService, IRoomSource, RtcBehavior, RtcError } from "../index.js";
import { DomMirror } from "./accessibility/domMirror.js";
import type { MirrorGroup } from "./accessibility/domMirror.js";
import { checkGuiOptions } from "./guiChecks.js";
import { resolveTheme } from "./kit/theme.js";
import type { IGuiTheme } from "./kit/theme.js";
import { resolveTexts } from "./texts/texts.js";
import type { GuiTextChanges, IGuiTexts } from "./texts/texts.js";

/** Options that all controls share: theme, texts and DOM mirror. */
export interface IGuiOptions {
    readonly theme?: Partial<IGuiTheme>;
    readonly texts?: GuiTextChanges;
    /** DOM mirror to use; owned by the caller. Default: a new mirror at the end of the document's body. */
    readonly mirror?: DomMirror;
}

/** Theme, texts and DOM mirror that a control shares with its parts. Created once, from the options of the control that the app creates. */
export class GuiContext {
    public readonly theme: IGuiTheme;
    public readonly texts: IGuiTexts;
    public readonly mirror: DomMirror;
    /** Errors of functions that the app provides, such as texts and button handlers. Hot. Without a subscriber, they are logged. */
    public readonly error$: Observable<RtcError>;
    private readonly _errors = new Subject<RtcError>();
    private readonly _isOwnMirror: boolean;
    private readonly _groups = new Set<MirrorGroup>();

    /**
     * @param options - options from the app
     * @param mirrorParent - parent element of the mirror that is created if `options.mirror` is absent. Default: the document's body.
     */
    public constructor(options: IGuiOptions, mirrorParent?: HTMLElement) {
        checkGuiOptions(options);
        this.theme = resolveTheme(options.theme);
        this.error$ = this._errors.asObservable();
        this.texts = resolveTexts(options.texts, this.tell);
        const { label } = this.texts.panel;
        this.mirror = options.mirror ?? new DomMirror({ label, ...(mirrorParent && { parent: mirrorParent }) });
        this._isOwnMirror = options.mirror === undefined;
    }

    /** Emits an error on `error$`. Logs it if nothing subscribes, as with a control that the app uses without `VoiceGui`. */
    public readonly tell = (error: RtcError): void => {
        if (this._errors.observed) {
            this._errors.next(error);
        } else {
            Logger.Error([`babylon-rtc: ${error.message}`, error]);
        }
    };

    /**
     * Creates a group of controls in the mirror.
     * @param label - accessible name of the group; empty = for texts that need no group
     * @returns the group, to be removed with `release`
     */
    public group(label: string): MirrorGroup {
        const group = this.mirror.group(label);
        this._groups.add(group);
        return group;
    }

    /** Removes a group. Removing the last group also disposes the mirror, unless the app owns it. */
    public release(group: MirrorGroup): void {
        group.dispose();
        this._groups.delete(group);
        if (this._groups.size === 0 && this._isOwnMirror) {
            this.mirror.dispose();
        }
    }
}

/** Property key of the shared context in the options of a part. Not public. */
const contextKey = Symbol("context");

/**
 * Adds a shared context to the options of a part.
 * @param context - context of the whole control
 * @param options - options of the part
 * @returns a copy of the options with the context, which the part reads with `contextOf`
 */
export function inContext<Options extends object>(context: GuiContext, options: Options): Options {
    return { ...options, [contextKey]: context };
}

/**
 * Checks the options of a control and finds its context.
 * @param options - options from the app or from `inContext`. Throws `invalidArgument`.
 * @returns the shared context in the options, or a new one created from them
 */
export function contextOf(options: IGuiOptions & { readonly [contextKey]?: GuiContext }): GuiContext {
    const context = options[contextKey];
    if (context) {
        checkGuiOptions(options);
    }
    return context ?? new GuiContext(options);
}

/** Data source of the controls: an `RtcPlugin`, or the app's own room source and RTC behavior. */
export interface IGuiSource {
    readonly room: IRoomSource;
    readonly rtc: Pick<
        RtcBehavior,
        | "audio$"
        | "connection$"
        | "deafened"
        | "error$"
        | "events$"
        | "members$"
        | "microphone"
        | "moderation"
        | "muted"
        | "self$"
        | "silence"
        | "speaking$"
        | "startAsync"
        | "stats$"
        | "unsilence"
        | "voiceOf"
        | "voices$"
        | "volume"
    > &
        Partial<Pick<RtcBehavior, "volume$">>;
}

/**
 * True while the microphone counts as open: while the talk mode passes its audio, while it is being opened, and while it is live in voice-activity
 * mode, even during silence. False while it is off or failed, and while the talk button closes it (push-to-talk: not held; push-to-mute: held).
 * Independent of mute. Shown in the local member's row and in the bar.
 * @param microphone - `rtc.microphone`
 * @returns current value, then each change. Replays.
 */
export function isOpen$({ mode$, state$, open$ }: Pick<RtcBehavior["microphone"], "mode$" | "state$" | "open$">): Observable<boolean> {
    return combineLatest([mode$, state$, open$]).pipe(
        map(([way, { state }, isOpen]) => isOpen || state === "asking" || (way === "voiceActivity" && state === "live")),
        distinctUntilChanged(),
    );
}

/**
 * Narrows a room source to a room service.
 * @param room - room source
 * @param ability - method that the caller needs
 * @returns the same object; null if it lacks the method, as an app's own room source may
 */
export function roomServiceOf(room: IRoomSource, ability: "listAsync" | "joinAsync" | "kickAsync"): IRoomService | null {
    return ability in room ? (room as IRoomService) : null;
}
