/** `nn.functional`, also exported as `F`: a list of ops under the namespace that PyTorch has them in. */
export * from "./activation.ts";
export * from "./adaptive_pool.ts";
export * from "./attention.ts";
export * from "./conv.ts";
export * from "./cross_entropy.ts";
export { cosineSimilarity, pairwiseDistance, pdist } from "./distance.ts";
export * from "./dropout.ts";
export {
  featureDropout as dropout1d,
  featureDropout as dropout2d,
  featureDropout as dropout3d,
} from "./dropout.ts";
export * from "./embedding.ts";
export { logSigmoid, logsigmoid, sigmoid, softplus } from "./exponential.ts";
export * from "./gated.ts";
export * from "./grid.ts";
export { col2im as fold, im2col as unfold } from "./im2col.ts";
export * from "./interpolate.ts";
export * from "./likelihood.ts";
export { oneHot } from "./lookup.ts";
export * from "./loss.ts";
export * from "./margin.ts";
export { linear } from "./matmul.ts";
export * from "./max_pool.ts";
export { batchNorm, groupNorm, instanceNorm, layerNorm } from "./norm_layer.ts";
export { localResponseNorm, normalize } from "./normalize.ts";
export { pad } from "./pad.ts";
export { pixelShuffle, pixelUnshuffle } from "./pixel_shuffle.ts";
export * from "./pool.ts";
export * from "./rectifier.ts";
export * from "./softmax.ts";
export { tanh } from "./trigonometric.ts";
export * from "./triplet.ts";
export * from "./unpool.ts";
