import { VoiceInput } from "../../../src/audio/voiceInput.js";
import type { AudioHost } from "../../../src/audio/audioHost.js";
import type { ITrackSource } from "../../../src/audio/trackSource.js";

/** A source whose node records its connections. */
class FakeSource implements ITrackSource {
    public readonly outputs = new Set<unknown>();
    public readonly node = {
        connect: (output: unknown) => this.outputs.add(output),
        disconnect: (output: unknown) => this.outputs.delete(output),
    } as unknown as AudioNode;
    public disposed = 0;
    /** Resolves `playingAsync`, as when the browser starts to play the track. */
    public play: () => void = () => undefined;
    public readonly playingAsync = new Promise<void>((resolve) => (this.play = resolve));

    public dispose(): void {
        this.outputs.clear();
        this.disposed++;
        // Like a media element, whose `play()` promise also settles if the element is paused before it plays.
        this.play();
    }
}

describe("VoiceInput", () => {
    const [panner, meter] = ["panner", "meter"] as unknown as AudioNode[] as [AudioNode, AudioNode];
    const track = {} as MediaStreamTrack;
    let opened: FakeSource[];
    let input: VoiceInput;
    const sourceAt = (index: number): FakeSource => {
        const source = opened.at(index);
        if (!source) {
            throw new Error(`${opened.length} sources were opened.`);
        }
        return source;
    };

    beforeEach(() => {
        opened = [];
        const openTrack = (): ITrackSource => {
            opened.push(new FakeSource());
            return sourceAt(-1);
        };
        input = new VoiceInput({ context: null, openTrack } as unknown as AudioHost, track);
        input.connect(panner);
    });

    afterEach(async () => {
        input.dispose();
        await Promise.all(opened.map(({ playingAsync }) => playingAsync));
        expect(opened.map(({ disposed }) => disposed > 0)).toEqual(opened.map(() => true));
    });

    it("plays a new track into the same nodes, and disposes the old source once the new track plays", async () => {
        input.change(track);
        expect([0, 1].map((index) => [...sourceAt(index).outputs])).toEqual([[panner], [panner]]);
        const release = input.connect(meter);
        expect([...sourceAt(1).outputs]).toEqual([panner, meter]);
        expect(sourceAt(0).disposed).toBe(0);
        sourceAt(1).play();
        await sourceAt(1).playingAsync;
        expect(sourceAt(0).disposed).toBe(1);
        release();
        expect([...sourceAt(1).outputs]).toEqual([panner]);
    });

    it("plays the latest of two tracks, whichever the browser plays first", async () => {
        input.change(track);
        input.change(track);
        sourceAt(2).play();
        await sourceAt(2).playingAsync;
        sourceAt(1).play();
        await sourceAt(1).playingAsync;
        expect([0, 1, 2].map((index) => sourceAt(index).outputs.size)).toEqual([0, 0, 1]);
    });

    it("releases both tracks if it is disposed before the browser plays the second", async () => {
        input.change(track);
        input.dispose();
        await sourceAt(1).playingAsync;
        expect([0, 1].map((index) => sourceAt(index).outputs.size)).toEqual([0, 0]);
    });
});
