import { VoiceInput } from "../../../src/audio/voiceInput.js";
import type { AudioHost } from "../../../src/audio/audioHost.js";
import type { ITrackSource } from "../../../src/audio/trackSource.js";

/** A source whose node knows what it is connected to. */
class FakeSource implements ITrackSource {
    public readonly outputs = new Set<unknown>();
    public readonly node = {
        connect: (output: unknown) => this.outputs.add(output),
        disconnect: (output: unknown) => this.outputs.delete(output),
    } as unknown as AudioNode;
    public disposed = 0;
    /** The browser plays it. */
    public play: () => void = () => undefined;
    public readonly playingAsync = new Promise<void>((resolve) => (this.play = resolve));

    public dispose(): void {
        this.outputs.clear();
        this.disposed++;
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

    afterEach(() => {
        input.dispose();
        expect(opened.map(({ disposed }) => disposed > 0)).toEqual(opened.map(() => true));
    });

    it("plays another track into the same nodes as soon as the browser plays it, and the present one until then", async () => {
        input.change(track);
        const release = input.connect(meter);
        expect([...sourceAt(0).outputs]).toEqual([panner, meter]);
        expect(sourceAt(1).outputs.size).toBe(0);
        sourceAt(1).play();
        await sourceAt(1).playingAsync;
        expect([...sourceAt(1).outputs]).toEqual([panner, meter]);
        expect(sourceAt(0).disposed).toBe(1);
        release();
        expect([...sourceAt(1).outputs]).toEqual([panner]);
    });

    it("takes the latest of two tracks, whichever is played first", async () => {
        input.change(track);
        input.change(track);
        expect(sourceAt(1).disposed).toBe(1);
        sourceAt(1).play();
        sourceAt(2).play();
        await sourceAt(2).playingAsync;
        expect([0, 1, 2].map((index) => sourceAt(index).outputs.size)).toEqual([0, 0, 1]);
    });

    it("takes no track any more once it is disposed", async () => {
        input.change(track);
        input.dispose();
        sourceAt(1).play();
        await sourceAt(1).playingAsync;
        expect([0, 1].map((index) => sourceAt(index).outputs.size)).toEqual([0, 0]);
    });
});
