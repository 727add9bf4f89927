/** Transformations of functions: the names of torch.func. */
export { grad, gradAndValue, type GradFunctionOptions, vjp } from "./reverse.ts";
export { jvp, type JvpOptions, linearize } from "./forward.ts";
export { hessian, jacfwd, jacrev } from "./jacobian.ts";
export { type BatchDims, vmap, type VmapOptions } from "./vmap.ts";
export { functionalCall } from "./functional_call.ts";
export type { TreeFunction } from "./trace.ts";
export type { Tree } from "./tree.ts";
