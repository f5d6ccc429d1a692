/** Records which audio nodes are connected, since WebAudio does not expose this. */
export class AudioGraph {
    private readonly _edges = new Map<AudioNode, Set<unknown>>();
    private readonly _connect = AudioNode.prototype.connect;
    private readonly _disconnect = AudioNode.prototype.disconnect;

    public constructor() {
        const edges = this._edges;
        const connect: (this: AudioNode, ...args: never[]) => AudioNode = this._connect;
        const disconnect: (this: AudioNode, ...args: never[]) => void = this._disconnect;
        AudioNode.prototype.connect = function (this: AudioNode, ...args: never[]): AudioNode {
            const result = connect.apply(this, args);
            edges.set(this, (edges.get(this) ?? new Set()).add(args[0]));
            return result;
        };
        AudioNode.prototype.disconnect = function (this: AudioNode, ...args: never[]): void {
            disconnect.apply(this, args);
            if (args.length > 0) {
                edges.get(this)?.delete(args[0]);
            } else {
                edges.delete(this);
            }
        };
    }

    /** Number of connections. */
    public get size(): number {
        return [...this._edges.values()].reduce((sum, to) => sum + to.size, 0);
    }

    /** Number of panners that lead to the destination. */
    public get livePanners(): number {
        const panners = [...this._edges.keys()].filter((node) => node instanceof PannerNode);
        return panners.filter((panner) => this._leadsTo(panner, (node) => node instanceof AudioDestinationNode)).length;
    }

    public dispose(): void {
        AudioNode.prototype.connect = this._connect;
        AudioNode.prototype.disconnect = this._disconnect;
    }

    private _leadsTo(from: AudioNode, isGoal: (node: unknown) => boolean): boolean {
        return [...(this._edges.get(from) ?? [])].some((to) => isGoal(to) || (to instanceof AudioNode && this._leadsTo(to, isGoal)));
    }
}

/** Counts writes to audio parameters: assignments of `value`, `setTargetAtTime`, and `setValueCurveAtTime`, which Babylon uses for ramps. */
export class ParameterWrites {
    private readonly _original = AudioParam.prototype.setValueCurveAtTime;
    private readonly _target = AudioParam.prototype.setTargetAtTime;
    private readonly _value = Object.getOwnPropertyDescriptor(AudioParam.prototype, "value") ?? {};
    private _count = 0;

    public constructor() {
        const original = this._original;
        const target = this._target;
        const value = this._value;
        const count = (): number => this._count++;
        AudioParam.prototype.setValueCurveAtTime = function (...args) {
            count();
            return original.apply(this, args);
        };
        AudioParam.prototype.setTargetAtTime = function (...args) {
            count();
            return target.apply(this, args);
        };
        Object.defineProperty(AudioParam.prototype, "value", {
            ...value,
            set(this: AudioParam, to: number) {
                count();
                value.set?.call(this, to);
            },
        });
    }

    /** Number of writes since the last call. */
    public take(): number {
        const count = this._count;
        this._count = 0;
        return count;
    }

    public dispose(): void {
        AudioParam.prototype.setValueCurveAtTime = this._original;
        AudioParam.prototype.setTargetAtTime = this._target;
        Object.defineProperty(AudioParam.prototype, "value", this._value);
    }
}
