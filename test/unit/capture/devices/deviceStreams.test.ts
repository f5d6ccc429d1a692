import { NEVER, Subject, concat, of } from "rxjs";
import { RtcError } from "babylon-rtc";
import { healed$ } from "../../../../src/capture/devices/deviceStreams";
import type { IMediaPort, MicrophonePermission } from "../../../../src/capture/devices/mediaPort";
import type { MicrophoneState } from "../../../../src/capture/microphoneState";

describe("healed$", () => {
    it.each([
        ["granted", 1],
        ["prompt", 0],
    ] as const)("counts a microphone that is plugged in before the browser has told of the permission: %s", (permission, times) => {
        const changes$ = new Subject<unknown>();
        const permission$ = new Subject<MicrophonePermission>();
        const failed = { state: "failed", error: new RtcError("microphoneMissing", "There is no microphone.") } as MicrophoneState;
        let healed = 0;
        const media = { changes$, permission$ } as unknown as IMediaPort;
        const subscription = healed$(media, concat(of(failed), NEVER)).subscribe(() => healed++);
        changes$.next(null);
        permission$.next(permission);
        expect(healed).toBe(times);
        subscription.unsubscribe();
        expect([changes$.observed, permission$.observed]).toEqual([false, false]);
    });
});
