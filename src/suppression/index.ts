/**
 * Noise suppression by a neural network, for `microphone.setSuppressorAsync`. Not loaded unless it is imported.
 * @module babylon-rtc/suppression
 */
export { neuralSuppressor, type INeuralSuppressorOptions } from "./neuralSuppressor.js";
