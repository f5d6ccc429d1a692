import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import { WebXRSessionManager } from "@babylonjs/core/XR/webXRSessionManager.js";
import { Scene } from "@babylonjs/core/scene.js";
import { createXrAsync } from "../../../../../samples/arena/player/xr.js";

describe("XR in the arena", () => {
    const engine = new NullEngine();
    const scene = new Scene(engine);
    const world = { floor: new Mesh("floor", scene), blockers: new Mesh("blockers", scene) };

    afterEach(() => jest.restoreAllMocks());
    afterAll(() => engine.dispose());

    it("is absent where the browser refuses it, as in a frame without permission", async () => {
        jest.spyOn(WebXRSessionManager, "IsSessionSupportedAsync").mockRejectedValue(new DOMException("No.", "SecurityError"));
        await expect(createXrAsync(scene, world)).resolves.toBeNull();
    });

    it("is absent if Babylon.js cannot prepare it", async () => {
        jest.spyOn(WebXRSessionManager, "IsSessionSupportedAsync").mockResolvedValue(true);
        const log = jest.spyOn(Logger, "Error").mockReturnValue();
        await expect(createXrAsync(scene, world)).resolves.toBeNull();
        expect(log).toHaveBeenCalledWith("Error initializing XR");
    });
});
