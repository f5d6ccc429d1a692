import { ImageProcessingConfiguration } from "@babylonjs/core/Materials/imageProcessingConfiguration.js";

/** For what shall be seen in the colours that it was painted in, whatever film the scene's camera holds. */
export function noImageProcessing(): ImageProcessingConfiguration {
    const configuration = new ImageProcessingConfiguration();
    configuration.isEnabled = false;
    return configuration;
}
