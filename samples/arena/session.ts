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
    /** Address of the server. */
    readonly server: string;
}

/** One stay in one room: the plugin, and what the arena does with what it tells. */
export class Session {
    public readonly plugin: RtcPlugin;
    private readonly _subscription = new Subscription();

    private constructor(plugin: RtcPlugin) {
        this.plugin = plugin;
    }

    /** Enters a room. Rejects with an `RtcError`, and nothing is left behind. */
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

    /** Lets avatars and poses follow the room from now on. */
    public follow({ player, avatars }: ISessionParts): void {
        this._subscription.add(avatars.followRoom(this.plugin));
        this._subscription.add(sendPoses(this.plugin.room, () => player.pose));
    }

    /**
     * Tells of each room that is entered, the present one first.
     * @param told - hears its name; null = a private room, which is found by its id or an invitation alone
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

    /** Leaves the room and releases everything. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this.plugin.dispose();
    }
}
