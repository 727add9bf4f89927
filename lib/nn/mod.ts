/** `nn`: modules, layers, losses, initial values and what acts on gradients. */
export * from "./activation.ts";
export * from "./attention.ts";
export * from "./avg_pool.ts";
export * from "./batch_norm.ts";
export { Dict, type Kind, List } from "./collection.ts";
export * from "./containers.ts";
export * from "./conv.ts";
export * from "./conv_transpose.ts";
export * from "./distance.ts";
export type { Copies } from "./copy.ts";
export * from "./dropout.ts";
export * from "./embedding.ts";
export { FunctionLayer, type FunctionLayerClass } from "./function_layer.ts";
export * from "./likelihood_loss.ts";
export * from "./linear.ts";
export * from "./loss.ts";
export type { Pair } from "./loss_layer.ts";
export * from "./margin_loss.ts";
export * from "./max_pool.ts";
export * from "./module.ts";
export * from "./norm.ts";
export * from "./padding.ts";
export * from "./parameter.ts";
export * from "./resize.ts";
export * from "./rnn.ts";
export * from "./rnn_cell.ts";
export * from "./softmax.ts";
export { Summary, summary, type SummaryRow } from "./summary.ts";
export type { LoadResult, StateDict } from "./state_dict.ts";
export * from "./transformer.ts";
export * from "./transformer_layer.ts";
/** Initial values. */
export * as init from "./init.ts";
/** What acts on gradients and on parameters as a whole. */
export * as utils from "./utils.ts";
