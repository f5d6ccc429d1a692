import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Engine } from "@babylonjs/core/Engines/engine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import { HemisphericLight } from "@babylonjs/core/Lights/hemisphericLight.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { Scene } from "@babylonjs/core/scene.js";
import { RtcPlugin } from "babylon-rtc";

// A bare scene: ground, light, and somebody's eyes.
const engine = new Engine(document.querySelector("canvas"), true);
const scene = new Scene(engine);
const camera = new FreeCamera("eyes", new Vector3(0, 1.6, -4), scene);
camera.attachControl();
new HemisphericLight("light", Vector3.Up(), scene);
CreateGround("ground", { width: 20, height: 20 }, scene);
engine.runRenderLoop(() => scene.render());

// Voice: everybody else in the room is a sphere, and is heard from there.
const avatars = new Map<string, Mesh>();
const plugin = await RtcPlugin.AddToSceneAsync(scene, {
    server: location.origin,
    user: { name: "Alice" },
    avatarOf: (member) => avatars.get(member.id) ?? null,
});
plugin.room.members$.subscribe((members) => placeSpheres([...members.keys()]));
document.querySelector("#enter")?.addEventListener("click", () => void plugin.room.joinAsync("lobby"));

/** A sphere for each member, side by side; those of members who left go. */
function placeSpheres(ids: readonly string[]): void {
    for (const [id, sphere] of avatars) {
        if (!ids.includes(id)) {
            sphere.dispose();
            avatars.delete(id);
        }
    }
    for (const [index, id] of ids.entries()) {
        const sphere = avatars.get(id) ?? CreateSphere(id, { diameter: 0.5 }, scene);
        sphere.position.set(index * 2 - 3, 1.6, 0);
        avatars.set(id, sphere);
    }
}
