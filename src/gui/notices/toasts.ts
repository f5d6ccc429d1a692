import type { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { BehaviorSubject, combineLatest, distinctUntilChanged, filter, map, merge, of, pairwise, startWith, tap } from "rxjs";
import type { Observable } from "rxjs";
import { Subscription } from "rxjs";
import { RtcError } from "../../index.js";
import type { MirrorGroup } from "../accessibility/domMirror.js";
import { contextOf } from "../guiContext.js";
import type { GuiContext, IGuiOptions, IGuiSource } from "../guiContext.js";
import { errorNotice, isNews, noticesToShow, standingNotice } from "./notice.js";
import type { INotice, NoticeAction } from "./notice.js";
import { PassingNotices } from "./passingNotices.js";
import { Rejoiner } from "./rejoiner.js";
import { gap, setPixels, stack } from "../kit/surface.js";
import { createToastCard } from "./toastCard.js";

/** Options of toasts. */
export interface IToastsOptions extends IGuiOptions {
    /** In pixels. Default: 400. */
    readonly width?: number;
    /** Duration of a toast about an event, in milliseconds. Default: 10,000. */
    readonly durationMs?: number;
    /** Maximum number of toasts at once. Default: 3. */
    readonly most?: number;
    /**
     * Action of the button that rejoins a room. Default: `room.joinAsync` with the last room's name. Without that method, or before the first room,
     * there is no button.
     */
    readonly rejoinAsync?: () => Promise<void>;
}

/**
 * Notices about errors and about states that need attention, each with advice, and with a button if the player can act. Add its `control` to any
 * container, on the screen or on a mesh.
 */
export class Toasts {
    /** The control to add. */
    public readonly control: StackPanel = stack("toasts", "down");
    private readonly _source: IGuiSource;
    private readonly _context: GuiContext;
    private readonly _group: MirrorGroup;
    private readonly _passing: PassingNotices;
    private readonly _rejoiner: Rejoiner;
    private readonly _subscription = new Subscription();
    /** Kind of the standing notice that the player has closed; null = none. Reset when the standing notice has another kind, or ends. */
    private readonly _closed = new BehaviorSubject<string | null>(null);
    private _shown: readonly INotice[] = [];
    private _width: number;

    /**
     * @param source - the plugin
     * @param options - appearance and behavior
     */
    public constructor(source: IGuiSource, options: IToastsOptions = {}) {
        const { width = 400, durationMs = 10_000, most = 3 } = options;
        const { room, rtc } = source;
        this._source = source;
        this._context = contextOf(options);
        this._width = width;
        this._group = this._context.group(this._context.texts.notices.label);
        this._passing = new PassingNotices(durationMs);
        this._rejoiner = new Rejoiner(room, options.rejoinAsync);
        this.control.widthInPixels = width;
        const conditions$ = combineLatest({
            status: room.status$,
            connection: rtc.connection$,
            audio: rtc.audio$,
            microphone: rtc.microphone.state$,
            // While the permission is unknown, no notice announces a prompt that may never appear.
            permission: rtc.microphone.permission$.pipe(startWith("granted" as const)),
            stopping: stopping$(rtc),
            self: rtc.self$,
            // `isSecureContext` is undefined outside of browsers.
            isSecure: of((globalThis as Partial<Pick<typeof globalThis, "isSecureContext">>).isSecureContext !== false),
            rejoinError: this._rejoiner.error$,
            canRejoin: this._rejoiner.canRejoin$,
        });
        const standing$ = conditions$.pipe(map((conditions) => standingNotice(conditions, this._context.texts)));
        const shown$ = combineLatest([standing$, this._passing.notices$, this._closed]).pipe(
            tap(([standing, , closed]) => {
                if (closed !== null && standing?.kind !== closed) {
                    this._closed.next(null);
                }
            }),
            map(([standing, passing, closed]) => noticesToShow(standing?.kind === closed ? null : standing, passing, most)),
            distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
        );
        this._subscription.add(
            shown$.subscribe((notices) => {
                this._shown = notices;
                this._show();
            }),
        );
        this._subscription.add(rtc.error$.subscribe((error) => this.report(error)));
        this._subscription.add(
            rtc.events$.subscribe(({ type }) => {
                if (type === "unmuteInvited") {
                    const { title, advice, action } = this._context.texts.notices.unmuteInvited;
                    this._passing.add({ kind: type, title, advice, action: { label: action, does: "unmute" }, passing: true });
                }
            }),
        );
    }

    /** Width, in pixels. */
    public set width(width: number) {
        if (width !== this._width) {
            this._width = width;
            setPixels(this.control, "width", width);
            this._show();
        }
    }

    /** Shows an error as a toast, unless a notice about a state covers it. */
    public report(error: RtcError): void {
        if (isNews(error)) {
            this._passing.add(errorNotice(error, this._context.texts));
        }
    }

    /** Disposes the toasts and their group in the DOM mirror. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this._passing.dispose();
        this._rejoiner.dispose();
        this.control.dispose();
        this._context.mirror.alert("");
        this._context.release(this._group);
    }

    private _show(): void {
        for (const control of [...this.control.children]) {
            control.dispose();
        }
        const cards = this._shown.map((notice) =>
            createToastCard({
                notice,
                width: this._width,
                context: this._context,
                act: (does) => this._act(does, notice),
                dismiss: () => (notice.passing ? this._passing.dismiss(notice.kind) : this._closed.next(notice.kind)),
            }),
        );
        cards.forEach(({ control }, index) => {
            if (index > 0) {
                this.control.addControl(gap(8));
            }
            this.control.addControl(control);
        });
        const { mirror } = this._context;
        const { hasFocus } = this._group;
        this._group.show(cards.flatMap(({ operables }) => operables));
        if (hasFocus && !this._group.hasFocus) {
            // The last toast is gone.
            mirror.element.querySelector<HTMLElement>("button, input, select")?.focus();
        }
        mirror.alert(this._shown.map(({ title, advice }) => `${title}. ${advice}`).join(" "));
    }

    private _act(does: NoticeAction, { kind, passing }: INotice): void {
        const { rtc } = this._source;
        if (passing) {
            this._passing.dismiss(kind);
        }
        if (does === "startAudio") {
            // `audio$` and the microphone's state show the outcome.
            rtc.startAsync().catch((error: unknown) => this.report(RtcError.From(error, "unknown", "The sound could not be started.")));
        } else if (does === "unmute") {
            rtc.muted = false;
        } else {
            void this._rejoiner.rejoinAsync();
        }
    }
}

/** True after the server has announced that it is stopping; false again at the next connection. */
function stopping$({ error$, connection$ }: IGuiSource["rtc"]): Observable<boolean> {
    return merge(
        error$.pipe(
            filter(({ code }) => code === "serverStopping"),
            map(() => true),
        ),
        connection$.pipe(
            pairwise(),
            filter(([before, now]) => before !== now && now === "connected"),
            map(() => false),
        ),
    ).pipe(startWith(false), distinctUntilChanged());
}
