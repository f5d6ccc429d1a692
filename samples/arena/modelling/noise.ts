/** Pseudo-random value of a lattice point, 0 to 1. Always the same for the same point. */
function lattice(x: number, y: number): number {
    let bits = Math.imul(x, 374761393) + Math.imul(y, 668265263);
    bits = Math.imul(bits ^ (bits >>> 13), 1274126177);
    return ((bits ^ (bits >>> 16)) >>> 0) / 4294967296;
}

const wrap = (value: number, period: number): number => ((value % period) + period) % period;
const ease = (t: number): number => t * t * (3 - 2 * t);

/** Smooth noise, 0 to 1, that repeats after `period` units in both directions. */
function valueNoise(x: number, y: number, period: number): number {
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [u, v] = [ease(x - left), ease(y - top)];
    const [x0, x1, y0, y1] = [wrap(left, period), wrap(left + 1, period), wrap(top, period), wrap(top + 1, period)];
    const upper = lattice(x0, y0) * (1 - u) + lattice(x1, y0) * u;
    const lower = lattice(x0, y1) * (1 - u) + lattice(x1, y1) * u;
    return upper * (1 - v) + lower * v;
}

/**
 * Fractal Brownian motion: a weighted average of noise layers, each with half the feature size and half the weight of the previous one.
 * @param x - position; one unit is the size of the largest features
 * @param y - position
 * @param octaves - number of layers
 * @param period - distance in units after which the noise repeats, an integer. Default: 65536.
 * @returns 0 to 1, mostly around 0.5
 */
export function fractalNoise(x: number, y: number, octaves: number, period = 65536): number {
    let [sum, weight, total, scale] = [0, 1, 0, 1];
    for (let octave = 0; octave < octaves; octave++) {
        sum += weight * valueNoise(x * scale + octave * 17, y * scale + octave * 31, period * scale);
        total += weight;
        weight *= 0.5;
        scale *= 2;
    }
    return sum / total;
}

/**
 * Smoothstep: 0 below `from`, 1 above `to`, and a smooth S-curve between.
 * @param from - start of the curve
 * @param to - end of the curve. If it is below `from`, the curve falls: 1 below `to`, 0 above `from`.
 * @param value - value to map
 */
export function smoothStep(from: number, to: number, value: number): number {
    return ease(Math.min(1, Math.max(0, (value - from) / (to - from))));
}
