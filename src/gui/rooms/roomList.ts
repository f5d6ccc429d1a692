import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";
import { combineLatest, distinctUntilChanged, map, skip } from "rxjs";
import { Subscription } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../../index.js";
import type { IRoomInfo, IRoomMember, IRoomService, RoomStatus } from "../../index.js";
import { CreateRoomForm } from "./createRoomForm.js";
import type { MirrorGroup } from "../accessibility/domMirror.js";
import { ListPane } from "../kit/listPane.js";
import type { Mirrorable } from "../accessibility/operable.js";
import { OwnRoom } from "./ownRoom.js";
import { PushButton } from "../kit/pushButton.js";
import { RoomActions } from "./roomActions.js";
import { RoomListModel } from "./roomListModel.js";
import type { IListedRooms } from "./roomListModel.js";
import { RoomListHead, headHeight } from "./roomListHead.js";
import { faultyField, isTaken, paneView, roomListView, roomWish } from "./roomListView.js";
import type { IRoomDraft, IRoomView, PaneAction } from "./roomListView.js";
import { RoomRow } from "./roomRow.js";
import { callApp } from "../guiChecks.js";
import { contextOf } from "../guiContext.js";
import type { GuiContext, IGuiOptions } from "../guiContext.js";
import { scroller } from "../kit/scroller.js";
import { edge, gap, inset, setHeight, surface, stack } from "../kit/surface.js";

/** Options of a room list. */
export interface IRoomListOptions extends IGuiOptions {
    /** In pixels, 300 or more. Default: 340. */
    readonly width?: number;
    /** In pixels; a taller list scrolls. Default: 500. */
    readonly maxHeight?: number;
    /** Initial visibility. Default: true. */
    readonly visible?: boolean;
    /** Interval between an answer and the next request while the list is visible, in milliseconds. Default: 8,000. */
    readonly refreshMs?: number;
    /** Adds a close button that calls this function. Default: none. */
    readonly close?: () => void;
}

/** Targets of the actions that have no room id: create a room, lock it, set its password. See `RoomActions`. */
const [making, locking, settingPassword] = ["+", "+lock", "+password"] as const;

interface IMoment {
    readonly status: RoomStatus;
    readonly present: IRoomInfo | null;
    readonly members: ReadonlyMap<string, IRoomMember>;
    readonly directory: IListedRooms;
}

/**
 * List of the server's rooms, with controls to join or create a room, and to change the lock and password of one's own. Add its `control` to any
 * container, on the screen or on a mesh. Polls the server only while visible.
 */
export class RoomList {
    /** The control to add. */
    public readonly control: Rectangle;
    /** Errors of failed actions. The list also shows them beside the target of the action. Hot. */
    public readonly error$: Observable<RtcError>;
    private readonly _service: IRoomService;
    private readonly _context: GuiContext;
    private readonly _inner: number;
    private readonly _group: MirrorGroup;
    private readonly _directory: RoomListModel;
    private readonly _actions: RoomActions;
    private readonly _head: RoomListHead;
    private readonly _scroll: ScrollViewer;
    private readonly _list = stack("room rows", "down");
    private readonly _rows = new Map<string, RoomRow>();
    private readonly _own: OwnRoom;
    private readonly _pane: ListPane;
    private readonly _more: PushButton;
    private readonly _form: CreateRoomForm;
    private readonly _subscription = new Subscription();
    private _moment: IMoment | null = null;
    private _maxHeight: number;
    private _order = "";
    private _asking: string | null = null;
    private _isCreating = false;

    /**
     * @param service - room service of our server: `plugin.room`
     * @param options - appearance and refresh interval
     */
    public constructor(service: IRoomService, options: IRoomListOptions = {}) {
        const { width = 340, maxHeight = 500, visible = true, refreshMs = 8_000, close } = options;
        const context = contextOf(options);
        const { theme, texts } = context;
        this._service = service;
        this._context = context;
        this._inner = width - 2 * edge;
        this._maxHeight = maxHeight;
        this._group = context.group(texts.rooms.label);
        this._actions = new RoomActions(context, () => this._show());
        this.error$ = this._actions.error$;
        this._directory = new RoomListModel(service, refreshMs);

        const look = { width: this._inner, context } as const;
        this._head = new RoomListHead({
            width: width - 2,
            context,
            refresh: () => this.refresh(),
            create: () => this._setCreating(!this._isCreating),
            ...(close && { close: () => callApp("close", close, (error) => this._actions.report(error)) }),
        });
        this._own = new OwnRoom({
            ...look,
            actions: {
                setLocked: (locked) => void this._actions.attemptAsync(locking, () => service.setLockedAsync(locked), nothing),
                setPassword: (password) =>
                    void this._actions.attemptAsync(
                        settingPassword,
                        () => service.setPasswordAsync(password),
                        () => this._own.clear(),
                    ),
                edited: () => this._actions.forget(settingPassword),
            },
        });
        this._pane = new ListPane(this._inner, theme);
        const more = (): void => this._directory.more();
        this._more = new PushButton({ id: "rooms more", theme, caption: texts.rooms.more, width: this._inner, height: 40, press: more });
        this._form = new CreateRoomForm({
            ...look,
            create: (draft) => this._create(draft),
            back: () => this._setCreating(false),
            changed: () => this._show(),
            edited: () => this._actions.forget(making),
        });
        this._scroll = scroller("rooms scroll", width, theme);
        this._list.widthInPixels = this._inner + 2 * inset;
        this._list.leftInPixels = edge - inset - 1;
        this._list.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
        this._scroll.addControl(this._list);
        this.control = surface("room list", width, theme);
        this.control.addControl(stack("room list column", "down", this._head.control, this._scroll, gap(12)));
        this.control.isVisible = visible;
        this._directory.shown = visible;
        this._subscription.add(
            combineLatest({
                status: service.status$,
                present: service.room$,
                members: service.members$,
                directory: this._directory.directory$,
            }).subscribe((moment) => {
                this._moment = moment;
                if (this.visible) {
                    this._show();
                }
            }),
        );
        // Joining or leaving a room changes the server's list.
        const where$ = service.room$.pipe(
            map((room) => room?.id),
            distinctUntilChanged(),
            skip(1),
        );
        this._subscription.add(where$.subscribe(() => this.refresh()));
    }

    /** Visibility. The server is polled only while the list is visible. Hiding the list discards unfinished input. */
    public get visible(): boolean {
        return this.control.isVisible;
    }
    public set visible(visible: boolean) {
        this.control.isVisible = visible;
        if (!visible) {
            this._isCreating = false;
            this._asking = null;
            this._own.clear();
            this._form.clear();
        }
        this._directory.shown = visible;
        this._actions.tell(null);
    }

    /** Maximum height, in pixels; a taller list scrolls. */
    public set maxHeight(maxHeight: number) {
        if (maxHeight !== this._maxHeight) {
            this._maxHeight = maxHeight;
            this._show();
        }
    }

    /** Moves the keyboard focus to the first control. */
    public focus(): void {
        this._group.focus(this._head.buttons[0]?.id ?? "");
    }

    /** Requests the rooms now; no-op while the list is hidden. */
    public refresh(): void {
        this._directory.refresh();
    }

    /** Disposes the list and its group in the DOM mirror. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this._directory.dispose();
        this._actions.dispose();
        this._form.done();
        this._own.clear();
        this._rows.forEach((row) => row.dispose());
        this._rows.clear();
        for (const part of [this._own, this._pane, this._form, this]) {
            part.control.dispose();
        }
        this._more.control.dispose();
        this._context.release(this._group);
    }

    private _show(): void {
        if (!this._moment || this._subscription.closed) {
            return;
        }
        const { present, members, directory } = this._moment;
        const views = roomListView({ rooms: directory.rooms, present, members: members.size }, this._context.texts);
        this._showRows(views);
        this._showOwn(this._moment);
        const { fault } = this._actions;
        const isLost = fault !== null && !fault.at.startsWith(making) && !this._rows.has(fault.at);
        const pane = paneView(
            { directory, rooms: views.length, isIn: present !== null, lost: isLost ? fault.help : null },
            this._context.texts,
        );
        this._pane.show(pane && { ...pane, press: () => this._follow(pane.action) });
        this._form.show(this._actions.busy === making, this._actions.faultAt(making), faultyField(fault?.error));
        this._more.control.isVisible = directory.hasMore;
        this._head.creating = this._isCreating;
        this._arrange(views);
        this._group.show([...this._head.buttons, ...this._mirrorables(views)]);
    }

    private _mirrorables(views: readonly IRoomView[]): readonly Mirrorable[] {
        return this._isCreating
            ? this._form.mirrorables
            : [
                  ...views.flatMap(({ id, isHere }) => [
                      ...(this._rows.get(id)?.mirrorables ?? []),
                      ...(isHere ? this._own.mirrorables : []),
                  ]),
                  this._pane.words,
                  this._pane.button,
                  this._more,
              ];
    }

    private _showRows(views: readonly IRoomView[]): void {
        const ids = new Set(views.map(({ id }) => id));
        for (const [id, row] of this._rows) {
            if (!ids.has(id)) {
                row.dispose();
                this._rows.delete(id);
            }
        }
        const { busy, fault } = this._actions;
        const isPasswordWrong = fault?.error?.code === "passwordWrong";
        for (const view of views) {
            const { id } = view;
            this._rowOf(id).show(view, {
                asking: this._asking === id,
                busy: busy === id,
                fault: this._actions.faultAt(id),
                isPasswordWrong,
            });
        }
    }

    private _showOwn({ status, present }: IMoment): void {
        const isOwner = status.state === "inRoom" && present?.owner === status.self.id;
        const isInvalid = this._actions.fault?.error?.code === "invalidArgument";
        this._own.show(
            isOwner ? present : null,
            this._actions.faultAt(locking, settingPassword),
            isInvalid ? this._actions.faultAt(settingPassword) : "",
        );
    }

    private _follow(action: PaneAction): void {
        if (action === "create") {
            this._setCreating(true);
        } else {
            this._actions.tell(null);
            this.refresh();
        }
    }

    /** Sets order and height of the list's parts. */
    private _arrange(views: readonly IRoomView[]): void {
        const parts: Control[] = this._isCreating
            ? [this._form.control]
            : [
                  ...views.flatMap(({ id, isHere }) => [
                      ...[this._rows.get(id)?.control].filter((control) => control !== undefined),
                      ...(isHere ? [this._own.control] : []),
                  ]),
                  this._pane.control,
                  this._more.control,
              ];
        const order = parts.map(({ uniqueId }) => uniqueId).join();
        if (order !== this._order) {
            this._order = order;
            this._list.clearControls();
            parts.forEach((part) => this._list.addControl(part));
        }
        const rows = views.reduce((sum, { id }) => sum + (this._rows.get(id)?.height ?? 0), 0);
        const height = this._isCreating
            ? this._form.height
            : rows + this._own.height + this._pane.height + (this._more.control.isVisible ? 40 : 0);
        setHeight(this._list, Math.max(1, height));
        setHeight(this._scroll, Math.max(60, Math.min(height, this._maxHeight - headHeight - 14)));
    }

    private _rowOf(id: string): RoomRow {
        const known = this._rows.get(id);
        if (known) {
            return known;
        }
        const row = new RoomRow({
            id,
            width: this._inner,
            context: this._context,
            actions: {
                join: (room) => this._join(room),
                enter: (room, password) => this._enter(room, password),
                edited: (room) => this._actions.forget(room),
            },
        });
        this._rows.set(id, row);
        return row;
    }

    private _join(id: string): void {
        const room = this._moment?.directory.rooms.find((each) => each.id === id);
        if (!room?.hasPassword) {
            this._enter(id);
            return;
        }
        this._asking = this._asking === id ? null : id;
        this._actions.tell(null);
        if (this._asking === id) {
            this._rowOf(id).ask();
        }
    }

    private _enter(id: string, password?: string): void {
        void this._actions.attemptAsync(
            id,
            async () => {
                try {
                    await this._service.joinByIdAsync(id, { stay: true, ...(password !== undefined && { password }) });
                } catch (thrown) {
                    if (thrown instanceof RtcError && thrown.code === "passwordWrong") {
                        // The room may have got a password since it was listed.
                        this._asking = id;
                    }
                    // The listed state of the room may be outdated.
                    this.refresh();
                    throw thrown;
                }
            },
            () => this._done(),
        );
    }

    private _create(draft: IRoomDraft): void {
        if (isTaken(draft, this._moment?.directory.rooms ?? [])) {
            this._actions.tell({ at: making, help: this._context.texts.rooms.taken });
            return;
        }
        void this._actions.attemptAsync(
            making,
            () => this._service.joinAsync(draft.name, { ...roomWish(draft), stay: true }),
            () => this._done(),
        );
    }

    /** Closes the form and the password field after a success. This removes the focused control, so the focus moves to the list's first control. */
    private _done(): void {
        const { hasFocus } = this._group;
        this._asking = null;
        this._isCreating = false;
        this._form.clear();
        this._show();
        if (hasFocus) {
            this.focus();
        }
    }

    private _setCreating(isCreating: boolean): void {
        const { hasFocus } = this._group;
        this._isCreating = isCreating;
        this._form.clear();
        this._actions.tell(null);
        if (isCreating) {
            this._form.edit();
        } else if (hasFocus) {
            this._group.focus(this._head.createId);
        }
    }
}

function nothing(): void {
    // The room service emits the change itself.
}
