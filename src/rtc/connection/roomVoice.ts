import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { EMPTY, distinctUntilChanged, filter, map, merge, retry, switchMap, take } from "rxjs";
import type { BehaviorSubject, Observable, Subject } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { VoiceBus } from "../../audio/voiceBus.js";
import { onDemandAsync } from "../../interop/onDemand.js";
import type { RoomStatus } from "../../room/room.js";
import type { RtcError } from "../../errors/rtcError.js";
import type { VoicePreferences } from "../remote/voicePreferences.js";
import type { VoiceConnection, IConnectionSubjects } from "./voiceConnection.js";
import type { LocalVoice } from "../local/localVoice.js";
import type { IRtcBehaviorOptions } from "../rtcBehaviorOptions.js";
import type { MemberVoices } from "../remote/memberVoices.js";

/** What the voice of a room stands on. All of it is its behavior's. */
export interface IRoomVoiceParts {
    readonly options: IRtcBehaviorOptions;
    readonly status$: Observable<RoomStatus>;
    /** Kept up to date. */
    readonly state: IConnectionSubjects;
    /** Where voices go; made here, disposed by the behavior. */
    readonly voices: BehaviorSubject<MemberVoices | null>;
    /** Told what goes wrong with sound. */
    readonly errors: Subject<RtcError>;
    readonly local: LocalVoice;
    readonly preferences: VoicePreferences;
    readonly avatars: Map<string, Node>;
}

/** What it takes to talk in a room, loaded when the first one is entered. */
export class RoomVoice {
    private readonly _parts: IRoomVoiceParts;
    /** One for all lives: it knows when the RTC room before is left. */
    private _connection: VoiceConnection | null = null;

    /** @param parts - what it stands on */
    public constructor(parts: IRoomVoiceParts) {
        this._parts = parts;
    }

    /**
     * Follows the room from the first time that one is entered; if what it takes cannot be loaded, from the next time.
     * @param scene - where voices are heard
     * @param host - what they are heard with
     * @returns emits nothing, never errors; unsubscribing leaves
     */
    public follow$(scene: Scene, host: AudioHost): Observable<never> {
        const { options, status$, state, voices, errors, local, preferences, avatars } = this._parts;
        const entering$ = status$.pipe(map(isEntering), distinctUntilChanged());
        const bus$ = entering$.pipe(switchMap((entering) => (entering ? VoiceBus.Held$(host) : EMPTY)));
        const voice$ = entering$.pipe(
            filter((entering) => entering),
            take(1),
            switchMap(() => onDemandAsync(() => import("./inRoom.js"))),
            retry({
                delay: (error: RtcError) => {
                    state.errors.next(error);
                    return entering$.pipe(filter((entering) => !entering));
                },
            }),
            switchMap(({ browserWays$, VoiceConnection: Connection, MemberVoices: Voices }) => {
                const made = new Voices({
                    ...options,
                    scene,
                    audioEngine: host.engine,
                    avatars,
                    onError: (error) => errors.next(error),
                    preferences,
                });
                voices.next(made);
                this._connection ??= new Connection(options, state, local, preferences);
                return merge(browserWays$(entering$, host, scene), this._connection.follow$(status$, made));
            }),
        );
        return merge(bus$, voice$);
    }
}

/** Whether one is in a room, or about to be. */
function isEntering({ state }: RoomStatus): boolean {
    return state === "processing" || state === "inRoom";
}
