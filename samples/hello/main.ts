import { Camera } from "@babylonjs/core/Cameras/camera.js";
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Engine } from "@babylonjs/core/Engines/engine.js";
import { HemisphericLight } from "@babylonjs/core/Lights/hemisphericLight.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3, Color4 } from "@babylonjs/core/Maths/math.color.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import { Scene } from "@babylonjs/core/scene.js";
import { RtcPlugin } from "babylon-rtc";

// A simple scene: sky, ground, light, and a camera that the mouse turns.
const scene = new Scene(new Engine(document.querySelector("canvas"), true));
scene.clearColor = new Color4(0.55, 0.7, 0.85, 1);
const eyes = new FreeCamera("eyes", new Vector3(0, 1.6, 0), scene);
eyes.attachControl();
// Same horizontal field of view in portrait and in landscape.
eyes.fovMode = Camera.FOVMODE_HORIZONTAL_FIXED;
eyes.fov = 1.2;
new HemisphericLight("light", Vector3.Up(), scene);
const grass = new StandardMaterial("grass", scene);
grass.diffuseColor = new Color3(0.25, 0.4, 0.25);
grass.specularColor = Color3.Black();
// Large enough to reach the horizon.
CreateGround("ground", { width: 2000, height: 2000 }, scene).material = grass;
scene.getEngine().runRenderLoop(() => scene.render());

// Voice chat: everybody is heard from their avatar, here the mesh whose name is the member's id.
const plugin = await RtcPlugin.AddToSceneAsync(scene, {
    server: location.origin,
    user: { name: "Alice" },
    avatarOf: (member) => scene.getMeshByName(member.id),
});
plugin.rtc.voices$.subscribe((voices) => showSpheres([...voices.keys()]));
document.querySelector("button")?.addEventListener("click", () => void plugin.room.joinAsync("lobby").catch(alert));

plugin.room.status$.subscribe(({ state }) => tell(state === "inRoom"));

/** Shows a line of text in the room, and the button to enter outside. */
function tell(isIn: boolean): void {
    document.querySelector("button")?.toggleAttribute("hidden", isIn);
    const where = document.querySelector("p");
    where?.toggleAttribute("hidden", !isIn);
    where?.replaceChildren("You are in the lobby. Whoever opens this page is heard from a sphere.");
}

/** Shows a sphere at eye level for each other member, all in view of the camera, and removes the spheres of members who have left. */
function showSpheres(ids: readonly string[]): void {
    for (const mesh of scene.meshes.filter(({ name }) => name !== "ground" && !ids.includes(name))) {
        mesh.dispose();
    }
    for (const [index, id] of ids.entries()) {
        const sphere = scene.getMeshByName(id) ?? CreateSphere(id, { diameter: 0.4 }, scene);
        // From left to right; one sphere alone is on the left.
        const angle = index / Math.max(1, ids.length - 1) - 0.5;
        sphere.position.set(Math.sin(angle) * 3, 1.6, Math.cos(angle) * 3);
    }
}
