/** `nn.functional`, also exported as `F`: a list of ops under the namespace that PyTorch has them in. */
export * from "./activation.ts";
export * from "./cross_entropy.ts";
export * from "./dropout.ts";
export {
  featureDropout as dropout1d,
  featureDropout as dropout2d,
  featureDropout as dropout3d,
} from "./dropout.ts";
export { logSigmoid, logsigmoid, sigmoid, softplus } from "./exponential.ts";
export { embedding, oneHot } from "./lookup.ts";
export * from "./loss.ts";
export { linear } from "./matmul.ts";
export { pad } from "./pad.ts";
export * from "./rectifier.ts";
export * from "./softmax.ts";
export { tanh } from "./trigonometric.ts";
