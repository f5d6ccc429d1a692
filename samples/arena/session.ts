import type { Scene } from "@babylonjs/core/scene.js";
import { RtcError, RtcPlugin } from "babylon-rtc";
import { BehaviorSubject, Subscription } from "rxjs";
import type { Avatars } from "./avatars/avatars.js";
import type { Player } from "./player/player.js";
import { sendPoses } from "./poses/poseSync.js";
import type { IEntry } from "./ui/entryScreen.js";
import type { IPanelActions } from "./ui/panel.js";
import { panelViews$, snapshots$ } from "./ui/panelView.js";
import type { IPanelView } from "./ui/panelView.js";

/** What a session works with. */
export interface ISessionParts {
    readonly scene: Scene;
    readonly player: Player;
    readonly avatars: Avatars;
    /** Address of the server. */
    readonly server: string;
}

/** One stay in one room: the plugin, and what the arena does with what it tells. */
export class Session {
    public readonly plugin: RtcPlugin;
    private readonly _room: string;
    private readonly _rejoinError = new BehaviorSubject<RtcError | null>(null);
    private readonly _subscription = new Subscription();

    private constructor(plugin: RtcPlugin, room: string) {
        this.plugin = plugin;
        this._room = room;
    }

    /** Enters a room. Rejects with an `RtcError`, and nothing is left behind. */
    public static async EnterAsync({ name, room, color }: IEntry, parts: ISessionParts, signal: AbortSignal): Promise<Session> {
        const { scene, player, avatars, server } = parts;
        const plugin = await RtcPlugin.AddToSceneAsync(scene, {
            server,
            user: { name, attributes: { color } },
            avatarOf: (member) => avatars.get(member.id)?.head ?? null,
            player: player.node,
            signal,
        });
        try {
            await plugin.room.joinAsync(room, { signal });
        } catch (error) {
            plugin.dispose();
            throw error;
        }
        return new Session(plugin, room);
    }

    /** Lets avatars, poses and panels follow the room from now on. */
    public follow({ player, avatars }: ISessionParts, show: (view: IPanelView) => void): void {
        const { room } = this.plugin;
        const snapshots = snapshots$(this.plugin, this._rejoinError);
        this._subscription.add(avatars.followRoom(this.plugin));
        this._subscription.add(sendPoses(room, () => player.pose));
        this._subscription.add(panelViews$(snapshots, this._room).subscribe(show));
    }

    /** What the panel's buttons do. */
    public actions(leave: () => void): IPanelActions {
        const { rtc } = this.plugin;
        return {
            toggleMuted: () => (rtc.muted = !rtc.muted),
            toggleDeafened: () => (rtc.deafened = !rtc.deafened),
            toggleSilenced: (id) => (rtc.voiceOf(id)?.silenced ? rtc.unsilence(id) : rtc.silence(id)),
            startAudio: () => void rtc.startAsync(),
            rejoin: () => void this._rejoinAsync(),
            leave,
        };
    }

    /** Leaves the room and releases everything. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this.plugin.dispose();
    }

    private async _rejoinAsync(): Promise<void> {
        try {
            await this.plugin.room.joinAsync(this._room);
            this._rejoinError.next(null);
        } catch (error) {
            this._rejoinError.next(RtcError.From(error, "unknown", "The room could not be entered."));
        }
    }
}
