import { ImageProcessingConfiguration } from "@babylonjs/core/Materials/imageProcessingConfiguration.js";
import type { Material } from "@babylonjs/core/Materials/material.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";

/** Excludes a `StandardMaterial` from the scene's image processing (tone mapping, contrast), so that its colours stay. Ignores other materials. */
export function disableImageProcessing(material: Material | null): void {
    if (material instanceof StandardMaterial) {
        const configuration = new ImageProcessingConfiguration();
        configuration.isEnabled = false;
        material.imageProcessingConfiguration = configuration;
    }
}
