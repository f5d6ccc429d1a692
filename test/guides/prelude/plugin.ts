import "./scene.js";
import { RtcPlugin } from "babylon-rtc";

declare global {
    /** Voice chat for the scene, in no room yet. */
    var plugin: RtcPlugin;
}

globalThis.plugin = await RtcPlugin.AddToSceneAsync(scene, {
    server: "http://localhost:9000",
    user: { name: new URLSearchParams(location.search).get("name") ?? "Alice" },
});
