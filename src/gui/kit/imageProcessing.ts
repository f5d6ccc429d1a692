import { ImageProcessingConfiguration } from "@babylonjs/core/Materials/imageProcessingConfiguration.js";
import type { Material } from "@babylonjs/core/Materials/material.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";

/** Shows a material in the colours that it was painted in, whatever image processing (tone mapping, contrast) the scene has. */
export function disableImageProcessing(material: Material | null): void {
    if (material instanceof StandardMaterial) {
        const configuration = new ImageProcessingConfiguration();
        configuration.isEnabled = false;
        material.imageProcessingConfiguration = configuration;
    }
}
