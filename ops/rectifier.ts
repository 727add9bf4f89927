/** Activation functions of straight pieces, element by element, with PyTorch's gradients at the bends. */
import { asNumber, named } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import type { Algebra } from "../lib/formula.ts";
import {
  type Adjustable,
  adjustable,
  type GradientFormula,
  type Operand,
  pointwise,
  type Unary,
  unary,
} from "../lib/pointwise.ts";
import type { Scalar } from "../lib/scalar.ts";
import { show, sizeOf } from "../lib/shape.ts";
import { Tensor } from "../lib/tensor.ts";

const result = "float";

/**
 * max(x, 0); its gradient at 0 is 0. Integers stay integers. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.relu.html}.
 *
 * @example
 * ```ts
 * import { relu, tensor } from "@dinograd/dinograd";
 *
 * console.log(relu(tensor([-1, 0, 2])).toArray()); // [0, 0, 2]
 * ```
 */
export const relu: Unary = unary("relu", (k, x) => k.max(x, k.constant(0)), {
  gradient: [(k, g, y) => k.select(k.le(y, k.constant(0)), k.constant(0), g)],
});

function held<V, M>(k: Algebra<V, M>, x: V, low: V, high: V): V {
  return k.min(k.max(x, low), high);
}

/** g where x is held by neither edge; NaN is not. */
function unheld<V, M>(k: Algebra<V, M>, g: V, x: V, low: V, high: V): V {
  return k.select(k.or(k.le(x, low), k.le(high, x)), k.constant(0), g);
}

/**
 * Limits x to the range from 0 to 6; the gradient on the edges is 0. Integers stay integers. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.relu6.html}.
 *
 * @example
 * ```ts
 * import { relu6, tensor } from "@dinograd/dinograd";
 *
 * console.log(relu6(tensor([-1, 3, 8])).toArray()); // [0, 3, 6]
 * ```
 */
export const relu6: Unary = unary("relu6", (k, x) => held(k, x, k.constant(0), k.constant(6)), {
  gradient: [(k, g, y) => unheld(k, g, y, k.constant(0), k.constant(6))],
});

/** Options of {@link hardtanh}. */
export interface HardtanhOptions {
  /** The least result; default −1. */
  minVal?: number;
  /** The largest result; default 1. */
  maxVal?: number;
}

/**
 * Limits x to the range from `minVal` to `maxVal`; the gradient on the edges is 0. Integers stay integers. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.hardtanh.html}.
 *
 * @example
 * ```ts
 * import { hardtanh, tensor } from "@dinograd/dinograd";
 *
 * console.log(hardtanh(tensor([-2, 0.5, 2])).toArray()); // [-1, 0.5, 1]
 * ```
 */
export const hardtanh: Adjustable<HardtanhOptions> = adjustable(
  "hardtanh",
  { minVal: -1, maxVal: 1 },
  (k, x, low, high) => held(k, x, low, high),
  { gradient: [(k, g, y, _x, low, high) => unheld(k, g, y, low, high)] },
);

/** Options of {@link leakyRelu}. */
export interface LeakyReluOptions {
  /** The slope below 0; default 0.01. */
  negativeSlope?: number;
}

/**
 * x above 0, negativeSlope · x elsewhere. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.leaky_relu.html}.
 *
 * @example
 * ```ts
 * import { leakyRelu, tensor } from "@dinograd/dinograd";
 *
 * console.log(leakyRelu(tensor([-2, 3]), 0.5).toArray()); // [-1, 3]
 * ```
 */
export const leakyRelu: Adjustable<LeakyReluOptions> = adjustable(
  "leakyRelu",
  { negativeSlope: 0.01 },
  (k, x, slope) => k.select(k.lt(k.constant(0), x), x, k.mul(x, slope)),
  { result },
);

const learnedLeak = pointwise("prelu", (k, x, weight) => {
  return k.select(k.lt(k.constant(0), x), x, k.mul(weight, x));
}, { result });

/** Options of {@link prelu}. */
export interface PreluOptions {
  /** The slope below 0: one number, or one for each channel (dimension 1). */
  weight?: Operand;
}

/**
 * x above 0, weight · x elsewhere; `weight` has one element, or one for each channel (dimension 1 of x). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.prelu.html}.
 *
 * @throws {ShapeError} if the weights do not match the channels.
 *
 * @example
 * ```ts
 * import { prelu, tensor } from "@dinograd/dinograd";
 *
 * console.log(prelu(tensor([[-1, -1]]), tensor([0.5, 2])).toArray()); // [[-0.5, -2]]
 * ```
 */
export function prelu(x: Scalar, weight: Scalar | number | PreluOptions): Scalar;
/** The same for tensors. */
export function prelu(x: Tensor, weight: Operand | PreluOptions): Tensor;
export function prelu(x: Operand, ...options: unknown[]): Tensor | Scalar {
  const { weight } = named<PreluOptions>("prelu", options, ["weight"]);
  return learnedLeak.apply([
    x,
    x instanceof Tensor && weight instanceof Tensor ? perChannel(x, weight) : weight!,
  ]);
}

function perChannel(x: Tensor, weight: Tensor): Tensor {
  const count = sizeOf(weight.shape), channels = x.shape[1] ?? 1;
  if (count === 1) return weight.reshape([]);
  if (weight.shape.length === 1 && count === channels) {
    return weight.reshape([
      count,
      ...x.shape.slice(2).map(() => 1),
    ]);
  }
  throw new ShapeError(
    `Cannot call prelu() on ${show(x.shape)} with weight ${
      show(weight.shape)
    }: weight must have one element, or ` +
      `one for each of the ${channels} channels`,
  );
}

/**
 * (x + 3) / 6 held between 0 and 1; the gradient on the edges is 0. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.hardsigmoid.html}.
 *
 * @example
 * ```ts
 * import { hardsigmoid, tensor } from "@dinograd/dinograd";
 *
 * console.log(hardsigmoid(tensor([-5, 0, 5])).toArray()); // [0, 0.5, 1]
 * ```
 */
export const hardsigmoid: Unary = unary("hardsigmoid", (k, x) => k.div(ramp(k, x), k.constant(6)), {
  result,
  gradient: [(k, g, _y, x) => {
    const rises = k.and(k.lt(k.constant(-3), x), k.lt(x, k.constant(3)));
    return k.select(rises, k.div(g, k.constant(6)), k.constant(0));
  }],
});

/** x + 3 held between 0 and 6. */
function ramp<V, M>(k: Algebra<V, M>, x: V): V {
  return held(k, k.add(x, k.constant(3)), k.constant(0), k.constant(6));
}

/**
 * x · {@link hardsigmoid}(x). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.hardswish.html}.
 *
 * @example
 * ```ts
 * import { hardswish, tensor } from "@dinograd/dinograd";
 *
 * console.log(hardswish(tensor([-5, 3, 5])).toArray()); // [-0, 3, 5]
 * ```
 */
export const hardswish: Unary = unary("hardswish", (k, x) => k.div(k.mul(x, ramp(k, x)), k.constant(6)), {
  result,
  // −1/2 at −3, 1 at 3
  gradient: [(k, g, _y, x) => {
    const slope = k.add(k.div(x, k.constant(3)), k.constant(0.5));
    const rising = k.select(k.le(k.constant(3), x), g, k.mul(g, slope));
    return k.select(k.lt(x, k.constant(-3)), k.constant(0), rising);
  }],
});

/** Options of {@link softshrink} and {@link hardshrink}. */
export interface ShrinkOptions {
  /** Half the width of the range around 0 that becomes 0; default 0.5. */
  lambd?: number;
}

// 0 from −λ to λ, edges included
const shrunk: GradientFormula = (k, g, _y, x, lambd) => outside(k, g, x, lambd);

/** a where |x| > λ or x is NaN, else 0. */
function outside<V, M>(k: Algebra<V, M>, a: V, x: V, lambd: V): V {
  return k.select(k.and(k.le(k.neg(lambd), x), k.le(x, lambd)), k.constant(0), a);
}

/**
 * x moved towards 0 by `lambd`, 0 nearer than that. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.softshrink.html}.
 *
 * @example
 * ```ts
 * import { softshrink, tensor } from "@dinograd/dinograd";
 *
 * console.log(softshrink(tensor([-2, 0.25, 2])).toArray()); // [-1.5, 0, 1.5]
 * ```
 */
export const softshrink: Adjustable<ShrinkOptions> = adjustable(
  "softshrink",
  { lambd: 0.5 },
  (k, x, lambd) => k.sub(x, held(k, x, k.neg(lambd), lambd)),
  { result, gradient: [shrunk] },
);

/**
 * x, but 0 where |x| ≤ lambd. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.hardshrink.html}.
 *
 * @example
 * ```ts
 * import { hardshrink, tensor } from "@dinograd/dinograd";
 *
 * console.log(hardshrink(tensor([-2, 0.25, 2])).toArray()); // [-2, 0, 2]
 * ```
 */
export const hardshrink: Adjustable<ShrinkOptions> = adjustable(
  "hardshrink",
  { lambd: 0.5 },
  (k, x, lambd) => outside(k, x, x, lambd),
  { result, gradient: [shrunk] },
);

const gate = pointwise("threshold", (k, x, threshold, value) => k.select(k.le(x, threshold), value, x), {
  params: 2,
});

/** Options of {@link threshold}, both required. */
export interface ThresholdOptions {
  /** The limit. */
  threshold?: number;
  /** What stands for anything at or below it. */
  value?: number;
}

/**
 * x above `threshold`, `value` elsewhere. Integers stay integers. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.threshold.html}.
 *
 * @example
 * ```ts
 * import { tensor, threshold } from "@dinograd/dinograd";
 *
 * console.log(threshold(tensor([1, 2, 3]), 2, -1).toArray()); // [-1, -1, 3]
 * ```
 */
export function threshold(x: Scalar, ...options: (number | ThresholdOptions)[]): Scalar;
/** The same for tensors. */
export function threshold(x: Tensor, ...options: (number | ThresholdOptions)[]): Tensor;
export function threshold(x: Operand, ...options: unknown[]): Tensor | Scalar {
  const { threshold, value } = named<ThresholdOptions>("threshold", options, ["threshold", "value"]);
  return gate.apply([
    x,
    asNumber("threshold", "threshold", threshold),
    asNumber("threshold", "value", value),
  ]);
}
