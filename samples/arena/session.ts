import type { Scene } from "@babylonjs/core/scene.js";
import { RtcPlugin } from "babylon-rtc";
import { Subscription, distinctUntilChanged, filter, map } from "rxjs";
import type { Avatars } from "./avatars/avatars.js";
import type { Player } from "./player/player.js";
import { sendPoses } from "./poses/poseSync.js";
import type { IEntry } from "./ui/entryScreen.js";

/** Parts of a session. */
export interface ISessionParts {
    readonly scene: Scene;
    readonly player: Player;
    readonly avatars: Avatars;
    /** URL of the server. */
    readonly server: string;
}

/** One session: the plugin, and the arena's subscriptions to it. */
export class Session {
    public readonly plugin: RtcPlugin;
    private readonly _subscription = new Subscription();

    private constructor(plugin: RtcPlugin) {
        this.plugin = plugin;
    }

    /** Creates the plugin and joins a room. Rejects with an `RtcError`; nothing is then left open. */
    public static async EnterAsync({ name, room, color, password }: IEntry, parts: ISessionParts, signal: AbortSignal): Promise<Session> {
        const { scene, player, avatars, server } = parts;
        const plugin = await RtcPlugin.AddToSceneAsync(scene, {
            server,
            user: { name, attributes: { color } },
            avatarOf: (member) => avatars.get(member.id)?.head ?? null,
            player: player.node,
            signal,
        });
        try {
            await plugin.room.joinAsync(room, { signal, ...(password !== undefined && { password }) });
        } catch (error) {
            plugin.dispose();
            throw error;
        }
        return new Session(plugin);
    }

    /** Starts showing avatars and sending poses, until the session is disposed. */
    public follow({ player, avatars }: ISessionParts): void {
        this._subscription.add(avatars.followRoom(this.plugin));
        this._subscription.add(sendPoses(this.plugin.room, () => player.pose));
    }

    /**
     * Reports the present room, and each room that is entered later.
     * @param told - receives the room's name; null for a private room, which can be joined only by its id or an invitation
     */
    public tellRoom(told: (room: string | null) => void): void {
        this._subscription.add(
            this.plugin.room.room$
                .pipe(
                    filter((room) => room !== null),
                    map(({ name, private: isPrivate }) => (isPrivate ? null : name)),
                    distinctUntilChanged(),
                )
                .subscribe(told),
        );
    }

    /** Leaves the room, removes the avatars, and disposes the plugin. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this.plugin.dispose();
    }
}
