/**
 * dinograd: autograd for Deno. Tensors, scalars, a reverse-mode tape and a PyTorch-like API in TypeScript.
 *
 * To read the code, begin with `lib/formula.ts` (what a pointwise op is), `lib/pointwise.ts` and `lib/op.ts` (how ops
 * are defined), `lib/tape.ts` (how gradients flow), then any file of `ops/`, one family each. `lib/memory/`,
 * `lib/wasm/` and `lib/blas/` are how it gets fast; `lib/nn/`, `lib/optim/`, `lib/data/` use the public API only.
 *
 * @example A gradient
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([1, 2, 3], { requiresGrad: true });
 * x.mul(x).sum().backward();
 * console.log(x.grad!.toArray()); // [2, 4, 6]
 * ```
 *
 * @module
 */
import * as ops from "./ops/mod.ts";
import * as pointwiseOps from "./ops/pointwise.ts";
import { install } from "./lib/install.ts";

install(ops, pointwiseOps);

export * from "./ops/mod.ts";
export { Tensor } from "./lib/tensor.ts";
export { Scalar, scalar } from "./lib/scalar.ts";
export { ShapeError } from "./lib/errors.ts";
export { backend, getNumThreads, setBackend, setNumThreads } from "./lib/backend.ts";
export { backward, detectAnomaly, enableGrad, inferenceMode, isGradEnabled, noGrad } from "./lib/tape.ts";
export * as autograd from "./lib/autograd.ts";
export * as data from "./lib/data/mod.ts";
export { tqdm } from "./lib/data/tqdm.ts";
export * as io from "./lib/io/mod.ts";
export * as nn from "./lib/nn/mod.ts";
export * as optim from "./lib/optim/mod.ts";
export { Generator, getRngState, initialSeed, manualSeed, seed, setRngState } from "./lib/random.ts";
export { scope } from "./lib/scope.ts";
export type { DType, TypedArray } from "./lib/dtype.ts";
