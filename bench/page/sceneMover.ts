import { Person } from "../../test/pages/lab/index.js";
import { Recorder, longestGapMs } from "../../test/pages/lab/recorder.js";

/** One of two members that send each other a tone and record what they receive. `moveAsync` moves this member to another scene. */
export class SceneMover {
    private _person: Person | null = null;
    private _recorder: Recorder | null = null;
    private _level = 0;

    /** Joins a room and sends a tone there. */
    public async joinAsync(server: string, room: string, name: string, other: string): Promise<void> {
        const person = await Person.CreateAsync({ server, name, voice: 440 });
        const error = await person.joinAsync(room);
        if (error !== null) {
            throw new Error(`could not join: ${error}`);
        }
        // The recorder records the left channel.
        person.place(other, -2, 0, 0);
        this._person = person;
    }

    /** Waits until the received tone is steady, then starts recording. */
    public async recordAsync(): Promise<void> {
        const { ears, world } = this._here;
        this._level = (await ears.steadyToneAsync(440)).left;
        this._recorder = await Recorder.StartAsync(world.audio);
    }

    /** Moves to another scene and disposes the previous scene in the same tick. */
    public async moveAsync(): Promise<void> {
        await this._here.changeSceneAsync();
    }

    /**
     * Waits until the received tone is steady, then stops recording.
     * @returns the longest gap since `recordAsync`, in milliseconds; in a gap, all samples are below a quarter of the tone's level
     */
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
