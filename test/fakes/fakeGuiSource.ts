import { BehaviorSubject, NEVER, Subject, of } from "rxjs";
import type { AudioState, RtcError } from "../../src/index.js";
import type { IGuiSource } from "../../src/gui/guiContext.js";
import { FakeListedRoomSource } from "../../src/testing/fakeRoomSource.js";

/** Data source for controls: rooms that a test controls, and a connected RTC behavior without voices at first. */
export class FakeGuiSource {
    public readonly room = new FakeListedRoomSource();
    public readonly error$ = new Subject<RtcError>();
    public readonly audio$ = new BehaviorSubject<AudioState>("running");
    public readonly voices$ = new BehaviorSubject<ReadonlyMap<string, unknown>>(new Map());
    public readonly rtc: IGuiSource["rtc"];
    /** Called by `rtc.startAsync`. */
    public startAsync: () => Promise<void> = () => Promise.resolve();

    public constructor() {
        const microphone = {
            state$: new BehaviorSubject({ state: "off" }),
            permission$: of("granted"),
            mode$: of("open"),
            open$: of(false),
            level$: NEVER,
            inputLevel$: NEVER,
            devices$: of([]),
            output$: of(null),
            talkOptions$: of({ preRollMs: 40, attackMs: 15, hangoverMs: 300, thresholdDb: -50 }),
            processing$: of({ echoCancellation: "all", noiseSuppression: true, autoGainControl: true, highPassHz: 0 }),
            suppressor$: of(null),
            volume$: of(1),
            monitorVolume$: of(0),
            enterXrAsync: () => Promise.resolve(),
            exitXrAsync: () => Promise.resolve(),
        };
        const rtc = {
            audio$: this.audio$,
            connection$: of("connected"),
            error$: this.error$,
            events$: NEVER,
            members$: this.room.members$,
            microphone,
            muted: false,
            deafened: false,
            self$: of({ muted: "no", deafened: false }),
            speaking$: of(new Set()),
            stats$: NEVER,
            startAsync: () => this.startAsync(),
            voiceOf: (id: string) => this.voices$.value.get(id),
            voices$: this.voices$,
            volume$: of(1),
        };
        this.rtc = rtc as unknown as IGuiSource["rtc"];
    }
}
