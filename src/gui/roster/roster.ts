import type { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";
import type { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Subject, catchError, combineLatest, of, startWith, switchMap } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import { RtcError, levelOf$ } from "../../index.js";
import type { MirrorGroup } from "../accessibility/domMirror.js";
import { contextOf, isOpen$ } from "../guiContext.js";
import type { GuiContext, IGuiOptions, IGuiSource } from "../guiContext.js";
import { MemberRow, rowHeight } from "./memberRow.js";
import type { IMemberActions } from "./memberRow.js";
import { ownersModeration } from "./rosterModeration.js";
import type { IRosterModeration } from "./rosterModeration.js";
import { rosterView } from "./rosterView.js";
import type { IMemberView } from "./rosterView.js";
import { scrollBarSize, scroller } from "../kit/scroller.js";
import { setHeight, stack } from "../kit/surface.js";

/** Options of a roster. */
export interface IRosterOptions extends IGuiOptions {
    /** In pixels. Default: 340. */
    readonly width?: number;
    /** In pixels; a taller list scrolls. Default: 400. */
    readonly maxHeight?: number;
    /** Moderation of other members. Default: in rooms of our server, the owner of the room moderates; in other rooms, nobody does. */
    readonly moderation?: IRosterModeration;
}

/**
 * List of the room's members: who speaks, link quality, silencing, volume and moderation. Add its `control` to any container, on the screen or on a
 * mesh.
 */
export class Roster {
    /** The control to add. */
    public readonly control: Control;
    /** Errors of failed actions, and of `moderation.may$`. Hot. */
    public readonly error$: Observable<RtcError>;
    private readonly _source: IGuiSource;
    private readonly _context: GuiContext;
    private readonly _width: number;
    private readonly _group: MirrorGroup;
    private readonly _moderation: IRosterModeration;
    private readonly _errors = new Subject<RtcError>();
    private readonly _rows = new Map<string, MemberRow>();
    private readonly _list = stack("members", "down");
    private readonly _scroll: ScrollViewer;
    private readonly _subscription: Subscription;
    private _members: readonly IMemberView[] = [];
    private _maxHeight: number;
    private _open: string | null = null;
    private _confirming: string | null = null;

    /**
     * @param source - the plugin
     * @param options - appearance and moderation
     */
    public constructor(source: IGuiSource, options: IRosterOptions = {}) {
        const { width = 340, maxHeight = 400, moderation = ownersModeration(source) } = options;
        this._source = source;
        this._context = contextOf(options);
        this._width = width;
        this._maxHeight = maxHeight;
        this._moderation = moderation;
        this._group = this._context.group(this._context.texts.roster.label);
        this.error$ = this._errors.asObservable();
        this.control = this._scroll = scroller("scroll", width, this._context.theme);
        this._scroll.addControl(this._list);
        const { room, rtc } = source;
        this._subscription = combineLatest({
            status: room.status$,
            members: rtc.members$,
            voices: rtc.voices$,
            speaking: rtc.speaking$,
            self: rtc.self$,
            statistics: rtc.connection$.pipe(
                // Statistics of a lost connection are not valid for the next one.
                switchMap((state) => (state === "connected" ? rtc.stats$.pipe(startWith(null)) : of(null))),
            ),
            mayModerate: moderation.may$.pipe(
                catchError((cause: unknown) => {
                    this._errors.next(RtcError.From(cause, "unknown", "moderation.may$ failed, so moderation is not available."));
                    return of(false);
                }),
            ),
            isOpen: isOpen$(rtc.microphone),
        }).subscribe((snapshot) => {
            this._members = rosterView(snapshot);
            this._show();
        });
    }

    /** Maximum height, in pixels; a taller list scrolls. */
    public set maxHeight(maxHeight: number) {
        if (maxHeight !== this._maxHeight) {
            this._maxHeight = maxHeight;
            this._show();
        }
    }

    /** Visibility. Default: true. */
    public get visible(): boolean {
        return this._scroll.isVisible;
    }
    public set visible(visible: boolean) {
        this._scroll.isVisible = visible;
        this._show();
    }

    /** Disposes the list and its group in the DOM mirror. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this._rows.forEach((row) => row.dispose());
        this._rows.clear();
        this._scroll.dispose();
        this._context.release(this._group);
        this._errors.complete();
    }

    private _show(): void {
        const ids = new Set(this._members.map(({ id }) => id));
        for (const [id, row] of this._rows) {
            if (!ids.has(id)) {
                row.dispose();
                this._rows.delete(id);
            }
        }
        let height = 0;
        const mirrorables = this._members.flatMap((member) => {
            const row = this._rowOf(member);
            row.show(member, { open: this._open === member.id, confirming: this._confirming === member.id });
            height += row.height;
            return row.mirrorables;
        });
        setHeight(this._list, Math.max(1, height));
        // A multiple of the row height, so that the last visible row is not cut off.
        const mostHeight = Math.max(rowHeight, rowHeight * Math.floor(this._maxHeight / rowHeight));
        setHeight(this._scroll, Math.max(rowHeight, Math.min(height, mostHeight)));
        this._group.show(mirrorables);
    }

    private _rowOf({ id, isSelf }: IMemberView): MemberRow {
        const known = this._rows.get(id);
        if (known) {
            return known;
        }
        const { rtc } = this._source;
        const row = new MemberRow({
            id,
            width: this._width - 2 - scrollBarSize,
            context: this._context,
            actions: this._actions,
            level$: isSelf ? rtc.microphone.level$ : levelOf$(rtc, id),
        });
        this._rows.set(id, row);
        this._list.addControl(row.control);
        return row;
    }

    private readonly _actions: IMemberActions = {
        toggleSilenced: (id) => {
            const { rtc } = this._source;
            if (rtc.voiceOf(id)?.silenced) {
                rtc.unsilence(id);
            } else {
                rtc.silence(id);
            }
        },
        toggleDetails: (id) => {
            this._open = this._open === id ? null : id;
            this._confirming = null;
            this._show();
        },
        setVolume: (id, volume) => {
            const voice = this._source.rtc.voiceOf(id);
            if (voice) {
                voice.volume = volume;
                this._members = this._members.map((member) => (member.id === id ? { ...member, volume } : member));
                this._show();
            }
        },
        toggleMuted: (id) => {
            const isMuted = this._source.rtc.voiceOf(id)?.muted ?? false;
            void this._attemptAsync(() => (isMuted ? this._moderation.inviteToUnmuteAsync(id) : this._moderation.muteAsync(id)));
        },
        remove: (id) => {
            if (this._confirming === id) {
                this._confirming = null;
                void this._attemptAsync(() => this._moderation.removeAsync(id));
            } else {
                this._confirming = id;
            }
            this._show();
        },
    };

    private async _attemptAsync(attempt: () => Promise<void>): Promise<void> {
        try {
            await attempt();
        } catch (error) {
            this._errors.next(RtcError.From(error, "unknown", "The request failed. Please try again."));
        }
    }
}
