/**
 * dinograd: autograd for Deno. Tensors, scalars, a reverse-mode tape and a PyTorch-like API in TypeScript.
 *
 * To read the code, begin with `lib/formula.ts` (what a pointwise op is), `lib/pointwise.ts` and `lib/op.ts` (how ops
 * are defined), `lib/tape.ts` (how gradients flow), then any file of `ops/`, one family each. `lib/memory/`,
 * `lib/wasm/` and `lib/blas/` are how it gets fast, `lib/compile/` is `compile()`; `lib/nn/`, `lib/optim/`, `lib/data/` use the
 * public API only.
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
import "./lib/contents.ts";
import * as ops from "./ops/mod.ts";
import * as pointwiseOps from "./ops/pointwise.ts";
import { install } from "./lib/install.ts";

install(ops, pointwiseOps);

export * from "./ops/mod.ts";
export {
  type Hook,
  type InPlace,
  type Method,
  type Methods,
  type NestedArray,
  Tensor,
} from "./lib/tensor.ts";
export type { InPlaceName } from "./lib/install.ts";
export { Scalar, scalar, type ScalarMethods, type ScalarRule } from "./lib/scalar.ts";
export type { Gradient, Node, NodeHook } from "./lib/node.ts";
export type { Adjustable, Binary, Operand, Unary } from "./lib/pointwise.ts";
export type { Owner, Storage } from "./lib/memory/storage.ts";
export type { Optional } from "./lib/arguments.ts";
export type { DType, TypedArray } from "./lib/dtype.ts";
export type { Dims, Shape } from "./lib/shape.ts";
export { ShapeError } from "./lib/errors.ts";

export { type Sweep, type SweepRoot } from "./lib/tape.ts";
export { detectAnomaly, enableGrad, inferenceMode, isGradEnabled, noGrad } from "./lib/grad_mode.ts";
export { backward, type BackwardOptions } from "./lib/backward.ts";
export { type Scope, scope } from "./lib/scope.ts";
export {
  type AnyFunction,
  compile,
  type Compiled,
  type Explanation,
  type Report,
} from "./lib/compile/compile.ts";
export type { Attempt } from "./lib/blas/load.ts";
export {
  type Backend,
  backend,
  type BackendName,
  getNumThreads,
  setBackend,
  setNumThreads,
} from "./lib/backend.ts";
export {
  Generator,
  type GeneratorState,
  getRngState,
  initialSeed,
  manualSeed,
  seed,
  setRngState,
} from "./lib/random.ts";
export {
  type Progress,
  type ProgressFile,
  type ProgressOptions,
  type ProgressValue,
  tqdm,
} from "./lib/data/tqdm.ts";

/** Gradients by hand, the user's own ops, and checks of both: the names of torch.autograd. */
export * as autograd from "./lib/autograd.ts";
/** Datasets, loaders and progress bars: the names of torch.utils.data. */
export * as data from "./lib/data/mod.ts";
/** Transformations of functions, forward and reverse mode: the names of torch.func. */
export * as func from "./lib/func/mod.ts";
/** Tensors in files. */
export * as io from "./lib/io/mod.ts";
/** How good predictions are: accuracy, confusion matrix, precision, recall, F1, ROC-AUC, R². */
export * as metrics from "./lib/data/metrics/mod.ts";
/** Layers, containers, losses and initialisation: the names of torch.nn. */
export * as nn from "./ops/nn.ts";
/** The layers as functions: the names of torch.nn.functional. */
export * as F from "./ops/functional.ts";
/** Linear algebra: the names of torch.linalg. */
export * as linalg from "./ops/linalg.ts";
/** Special functions: the names of torch.special. */
export * as special from "./ops/special.ts";
/** Around the Fourier transform: the names of torch.fft. */
export * as fft from "./ops/fft.ts";
/** Optimizers and learning-rate schedules: the names of torch.optim. */
export * as optim from "./lib/optim/mod.ts";
