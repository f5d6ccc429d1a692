const TimedEnvironment = require("../times/timedEnvironment.cjs");

/**
 * Node with Web Audio. Jest runs a test in a realm of its own. The native audio classes compare against the outer realm's `Float32Array`, and Babylon
 * only warns when its ramps are rejected (see docs). So the test's realm gets the outer one.
 */
module.exports = class AudioEnvironment extends TimedEnvironment {
    async setup() {
        await super.setup();
        const webAudio = await import("node-web-audio-api");
        for (const [name, value] of Object.entries(webAudio)) {
            if (name !== "default" && name !== "mediaDevices") {
                this.global[name] = value;
            }
        }
        this.global.Float32Array = Float32Array;
    }
};
