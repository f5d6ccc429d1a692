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

/** Theme, texts and DOM mirror of the controls of this entry. */
export interface IGuiOptions {
    readonly theme?: Partial<IGuiTheme>;
    readonly texts?: GuiTextChanges;
    /** Parent element of its DOM mirror; stays the caller's. Default: one of its own at the end of the document's body. */
    readonly mirror?: DomMirror;
}

/** Look, words and mirror of controls that belong together: made once of the options of the class that an app uses, and handed to every part of it. */
export class GuiContext {
    public readonly theme: IGuiTheme;
    public readonly texts: IGuiTexts;
    public readonly mirror: DomMirror;
    /** Errors of the app's functions. Hot. */
    public readonly error$: Observable<RtcError>;
    private readonly _errors = new Subject<RtcError>();
    private readonly _isOwnMirror: boolean;
    private readonly _groups = new Set<MirrorGroup>();

    /**
     * @param options - the app's
     * @param mirrorParent - where a mirror is made if the options bring none. Default: the document's body.
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

    /** Tells of a mistake of the app's. */
    public readonly tell = (error: RtcError): void => this._errors.next(error);

    /**
     * Makes a group in the mirror.
     * @param label - its name for screen readers
     * @returns the group, to be given back by `release`
     */
    public group(label: string): MirrorGroup {
        const group = this.mirror.group(label);
        this._groups.add(group);
        return group;
    }

    /** Removes a group. With the last one goes the mirror, unless it is the app's. */
    public release(group: MirrorGroup): void {
        group.dispose();
        this._groups.delete(group);
        if (this._groups.size === 0 && this._isOwnMirror) {
            this.mirror.dispose();
        }
    }
}

/** Key of the context in the options of a part; apps do not see it. */
const contextKey = Symbol("context");

/**
 * @param context - of the whole
 * @param options - of a part
 * @returns the options with which the part takes over the context
 */
export function inContext<Options extends object>(context: GuiContext, options: Options): Options {
    return { ...options, [contextKey]: context };
}

/** @returns the context that the options bring along, or a new one made of them */
export function contextOf(options: IGuiOptions & { readonly [contextKey]?: GuiContext }): GuiContext {
    const context = options[contextKey];
    if (context) {
        checkGuiOptions(options);
    }
    return context ?? new GuiContext(options);
}

/** Subject of the controls: an `RtcPlugin`, or rooms and an RTC behavior of the app's own. */
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
 * True while the microphone sends, or would in a talk mode that opens by itself; false = it is off, refused, or not held. The row of the local
 * member and their bar show.
 * @param microphone - `rtc.microphone`
 * @returns replays, each change once
 */
export function isOpen$({ mode$, state$, open$ }: Pick<RtcBehavior["microphone"], "mode$" | "state$" | "open$">): Observable<boolean> {
    return combineLatest([mode$, state$, open$]).pipe(
        map(([way, { state }, isOpen]) => isOpen || state === "asking" || (way === "voiceActivity" && state === "live")),
        distinctUntilChanged(),
    );
}

/**
 * @param room - the rooms
 * @param ability - what they are wanted for
 * @returns the same as a room service; null for an app's own rooms that cannot do that
 */
export function roomServiceOf(room: IRoomSource, ability: "listAsync" | "joinAsync" | "kickAsync"): IRoomService | null {
    return ability in room ? (room as IRoomService) : null;
}
