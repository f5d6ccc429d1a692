import "./scene.js";
import { RtcPlugin } from "babylon-rtc";

declare global {
    /** Voice chat plugin of the scene, not in a room yet. */
    var plugin: RtcPlugin;
}

globalThis.plugin = await RtcPlugin.AddToSceneAsync(scene, {
    server: "http://localhost:9000",
    user: { name: new URLSearchParams(location.search).get("name") ?? "Alice" },
});
