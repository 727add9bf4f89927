/** The two ways to ask for gradients: into `grad` of the leaves, or as a result. */
import { isFloat } from "./dtype.ts";
import { describe, ShapeError } from "./errors.ts";
import { fillElements } from "./fill.ts";
import { Scalar } from "./scalar.ts";
import { sameShape, show, sizeOf } from "./shape.ts";
import { asScalar, currentNode, Sweep, type SweepRoot } from "./tape.ts";
import { asTensor, empty, Tensor } from "./tensor.ts";

/** Options of {@link backward}. */
export interface BackwardOptions {
  /** Where to start when the tensor is not one number: the weight of each element. */
  gradient?: Tensor | null;
  /** Keep the tape for another backward pass; default: as `createGraph`. */
  retainGraph?: boolean;
  /** Record the backward pass itself, so that gradients can be differentiated again. */
  createGraph?: boolean;
}

/** Options of {@link grad}. */
export interface GradOptions {
  /** The weight of each output's elements; needed for outputs that are not one number. */
  gradOutputs?: Tensor | Scalar | number | null | readonly (Tensor | Scalar | number | null)[];
  /** Record the backward pass itself, so that gradients can be differentiated again. */
  createGraph?: boolean;
  /** Keep the tape for another pass; default: as `createGraph`. */
  retainGraph?: boolean;
  /** Give null for inputs that the outputs do not depend on, instead of an error. */
  allowUnused?: boolean;
}

/** Adds the gradient of `y` into `grad` of every leaf tensor and scalar it was computed from. */
export function backward(
  y: Tensor | Scalar,
  gradient?: Tensor | BackwardOptions | null,
  options: BackwardOptions = {},
): void {
  let weight = gradient ?? null;
  if (typeof weight !== "object") {
    throw new TypeError(`Cannot call backward() with gradient ${describe(weight)}: it must be a tensor`);
  }
  if (weight !== null && !(weight instanceof Tensor)) {
    options = weight;
    weight = options.gradient ?? null;
  }
  const { createGraph = false, retainGraph = createGraph } = options;
  new Sweep(createGraph, retainGraph, true).run([rootOf("call backward()", y, weight)]);
}

/**
 * The gradients of `outputs` with respect to `inputs`, leaving every `grad` alone.
 *
 * One output and one input may be given without an array; the result is always an array, one entry an input.
 * See {@link https://pytorch.org/docs/stable/generated/torch.autograd.grad.html}.
 *
 * @throws {TypeError} if an input was not used, unless `allowUnused`.
 *
 * @example Second derivative
 * ```ts
 * import { autograd, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor(3, { requiresGrad: true });
 * const [g] = autograd.grad(x.pow(3), x, { createGraph: true });
 * console.log(autograd.grad(g!, x)[0]!.item()); // 18
 * ```
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions,
): (Tensor | null)[];
export function grad(
  outputs: Tensor | Scalar | readonly (Tensor | Scalar)[],
  inputs: Scalar | readonly Scalar[],
  options?: GradOptions,
): (Scalar | null)[];
export function grad(
  outputs: Tensor | Scalar | readonly (Tensor | Scalar)[],
  inputs: Tensor | Scalar | readonly (Tensor | Scalar)[],
  { gradOutputs = null, createGraph = false, retainGraph = createGraph, allowUnused = false }: GradOptions =
    {},
): (Tensor | Scalar | null)[] {
  const from = listOf("outputs", outputs), to = listOf("inputs", inputs);
  const weights = Array.isArray(gradOutputs) ? gradOutputs : [gradOutputs];
  const sweep = new Sweep(createGraph, retainGraph, false);
  const places = to.map((x, i) => {
    const node = x instanceof Scalar ? (x.requiresGrad ? x : null) : currentNode(x);
    if (!node && !allowUnused) {
      throw new TypeError(
        `Cannot differentiate with respect to input ${i}: it does not have requiresGrad set`,
      );
    }
    if (node) sweep.capture(node);
    return node;
  });
  sweep.run(from.map((y, i) => rootOf("call autograd.grad()", y, weights[i] ?? null)));
  return to.map((x, i) => {
    const node = places[i], g = node ? sweep.captured(node, x instanceof Tensor ? x.output : 0) : undefined;
    if (g !== undefined) return x instanceof Tensor ? g as Tensor : asScalar(g);
    if (allowUnused) return null;
    throw new TypeError(
      `Cannot differentiate with respect to input ${i}${
        x instanceof Tensor ? ` of shape ${show(x.shape)}` : ""
      }: ` +
        `the outputs were not computed from it; pass { allowUnused: true } to get null instead`,
    );
  });
}

function listOf(what: string, value: unknown): readonly (Tensor | Scalar)[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const odd = list.findIndex((x) => !(x instanceof Tensor || x instanceof Scalar));
  if (odd < 0) return list as (Tensor | Scalar)[];
  throw new TypeError(
    `Cannot call autograd.grad(): ${what} must be tensors or scalars, got ${describe(list[odd])}`,
  );
}

function rootOf(
  action: string,
  y: Tensor | Scalar,
  gradient: Tensor | Scalar | number | null,
): SweepRoot {
  const node = y instanceof Scalar ? (y.requiresGrad ? y : null) : currentNode(y);
  if (!node) {
    throw new TypeError(
      `Cannot ${action} on a ${
        y instanceof Scalar ? "scalar" : "tensor"
      } that takes no gradient: nothing it was ` +
        `computed from has requiresGrad set, or it was computed inside noGrad()`,
    );
  }
  if (y instanceof Scalar) {
    if (gradient instanceof Tensor) {
      throw new TypeError(`Cannot ${action} on a scalar with a tensor as gradient`);
    }
    return { node, output: 0, gradient: gradient ?? 1 };
  }
  if (gradient === null) {
    if (sizeOf(y.shape) !== 1) {
      throw new ShapeError(
        `Cannot ${action} on shape ${
          show(y.shape)
        }: reduce it to one number first, for example y.sum().backward()`,
      );
    }
    const one = empty(y.shape, y.dtype);
    fillElements(one, 1);
    return { node, output: y.output, gradient: one };
  }
  const g = asTensor(action, "gradient", gradient);
  if (!sameShape(g.shape, y.shape) || !isFloat(g.dtype)) {
    throw new ShapeError(
      `Cannot ${action} on shape ${show(y.shape)} with a gradient of shape ${
        show(g.shape)
      } and dtype ${g.dtype}: ` +
        `it must have the same shape and a float dtype`,
    );
  }
  return { node, output: y.output, gradient: g };
}
