/** `nn`: modules, layers, losses, initial values and what acts on gradients. */
export * from "./activation.ts";
export * from "./containers.ts";
export * from "./dropout.ts";
export * from "./linear.ts";
export * from "./loss.ts";
export * from "./module.ts";
export * from "./parameter.ts";
export type { LoadResult, StateDict } from "./state_dict.ts";
/** Initial values. */
export * as init from "./init.ts";
/** What acts on gradients and on parameters as a whole. */
export * as utils from "./clip.ts";
