import { Person } from "../../test/pages/lab/index.js";
import { Recorder, longestGapMs } from "../../test/pages/lab/recorder.js";

/** One of two who hum to each other, and move from scene to scene. Both record what they hear. */
export class SceneMover {
    private _person: Person | null = null;
    private _recorder: Recorder | null = null;
    private _level = 0;

    /** Enters a room, and hums there. */
    public async joinAsync(server: string, room: string, name: string, other: string): Promise<void> {
        const person = await Person.CreateAsync({ server, name, voice: 440 });
        const error = await person.joinAsync(room);
        if (error !== null) {
            throw new Error(`could not join: ${error}`);
        }
        // The recorder hears the left ear.
        person.place(other, -2, 0, 0);
        this._person = person;
    }

    /** Records from now on. */
    public async recordAsync(): Promise<void> {
        const { ears, world } = this._here;
        this._level = (await ears.steadyToneAsync(440)).left;
        this._recorder = await Recorder.StartAsync(world.audio);
    }

    /** Moves to another scene, and disposes the one before in the same tick. */
    public async moveAsync(): Promise<void> {
        await this._here.changeSceneAsync();
    }

    /** @returns the longest stretch since `recordAsync` that was softer than a quarter of the hum, in milliseconds */
    public async gapMsAsync(): Promise<number> {
        await this._here.ears.steadyToneAsync(440);
        const { _recorder: recorder } = this;
        return longestGapMs(recorder?.stop() ?? new Float32Array(), recorder?.sampleRate ?? NaN, this._level / 4);
    }

    private get _here(): Person {
        if (!this._person) {
            throw new Error("Nobody has joined.");
        }
        return this._person;
    }
}
