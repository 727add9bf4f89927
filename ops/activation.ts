/** Smooth activation functions, element by element; integers give floats. Those of straight pieces: rectifier.ts. */
import { asChoice, named } from "../lib/arguments.ts";
import type { Algebra } from "../lib/formula.ts";
import { sigmoid } from "../lib/phrases.ts";
import { type Adjustable, adjustable, type Operand, pointwise, type Unary, unary } from "../lib/pointwise.ts";
import type { Scalar } from "../lib/scalar.ts";
import type { Tensor } from "../lib/tensor.ts";

const result = "float";

/** `positive` where x is above 0, else `negative` (so for NaN). */
function bent<V, M>(k: Algebra<V, M>, x: V, positive: V, negative: V): V {
  return k.select(k.lt(k.constant(0), x), positive, negative);
}

/** Options of {@link elu} and {@link celu}. */
export interface EluOptions {
  /** Minus the limit at −Infinity; default 1. */
  alpha?: number;
}

/**
 * x above 0, alpha (eˣ − 1) elsewhere. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.elu.html}.
 *
 * @example
 * ```ts
 * import { elu, tensor } from "@dinograd/dinograd";
 *
 * console.log(elu(tensor([-1e4, 0, 2])).toArray()); // [-1, 0, 2]
 * ```
 */
export const elu: Adjustable<EluOptions> = adjustable(
  "elu",
  { alpha: 1 },
  (k, x, alpha) => bent(k, x, x, k.mul(alpha, k.expm1(x))),
  { result, gradient: [(k, g, _y, x, alpha) => bent(k, x, g, k.mul(k.mul(g, alpha), k.exp(x)))] },
);

/**
 * x above 0, alpha (exp(x / alpha) − 1) elsewhere. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.celu.html}.
 *
 * @example
 * ```ts
 * import { celu, tensor } from "@dinograd/dinograd";
 *
 * console.log(celu(tensor([-1e4, 0, 2]), { alpha: 3 }).toArray()); // [-3, 0, 2]
 * ```
 */
export const celu: Adjustable<EluOptions> = adjustable(
  "celu",
  { alpha: 1 },
  (k, x, alpha) => bent(k, x, x, k.mul(alpha, k.expm1(k.div(x, alpha)))),
  { result, gradient: [(k, g, _y, x, alpha) => bent(k, x, g, k.mul(g, k.exp(k.div(x, alpha))))] },
);

// Klambauer et al., "Self-Normalizing Neural Networks", 2017
const seluAlpha = 1.6732632423543772, seluScale = 1.0507009873554805;

/**
 * 1.0507 times {@link elu} with alpha 1.6733, which keeps activations at mean 0 and variance 1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.selu.html}.
 *
 * @example
 * ```ts
 * import { selu, tensor } from "@dinograd/dinograd";
 *
 * console.log(selu(tensor([0, 1], { dtype: "float64" })).toArray()); // [0, 1.0507009873554805]
 * ```
 */
export const selu: Unary = unary("selu", (k, x) => {
  const scale = k.constant(seluScale), low = k.constant(seluScale * seluAlpha);
  return bent(k, x, k.mul(scale, x), k.mul(low, k.expm1(x)));
}, {
  result,
  gradient: [(k, g, _y, x) => {
    const scale = k.constant(seluScale), low = k.constant(seluScale * seluAlpha);
    return k.mul(g, bent(k, x, scale, k.mul(low, k.exp(x))));
  }],
});

/** Φ(x), how much of the normal distribution lies below x. */
function normalBelow<V, M>(k: Algebra<V, M>, x: V): V {
  return k.mul(k.constant(0.5), k.add(k.constant(1), k.erf(k.mul(x, k.constant(Math.SQRT1_2)))));
}

const exactGelu = pointwise("gelu", (k, x) => k.mul(x, normalBelow(k, x)), {
  result,
  // Φ(x) + x φ(x)
  gradient: [(k, g, _y, x) => {
    const density = k.mul(
      k.constant(1 / Math.sqrt(2 * Math.PI)),
      k.exp(k.mul(k.mul(x, x), k.constant(-0.5))),
    );
    return k.mul(g, k.add(normalBelow(k, x), k.mul(x, density)));
  }],
});

// (1 + tanh(u / 2)) / 2 = sigmoid(u), which keeps its digits far below 0; u = x (a + b x²)
const geluA = 2 * Math.sqrt(2 / Math.PI), geluB = 0.044715 * geluA;
const tanhGelu = pointwise("geluTanh", (k, x) => k.mul(x, tanhBelow(k, x)), {
  result,
  // s + x s (1 − s) u'
  gradient: [(k, g, _y, x) => {
    const s = tanhBelow(k, x), slope = k.add(k.constant(geluA), k.mul(k.constant(3 * geluB), k.mul(x, x)));
    return k.mul(g, k.add(s, k.mul(x, k.mul(k.mul(s, k.sub(k.constant(1), s)), slope))));
  }],
});

function tanhBelow<V, M>(k: Algebra<V, M>, x: V): V {
  return sigmoid(k, k.mul(x, k.add(k.constant(geluA), k.mul(k.constant(geluB), k.mul(x, x)))));
}

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** "none" is exact, "tanh" the approximation that GPT-2 uses; default "none". */
  approximate?: "none" | "tanh";
}

/**
 * x Φ(x), with Φ the cumulative normal distribution. Hendrycks and Gimpel, 2016. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.gelu.html}.
 *
 * @example
 * ```ts
 * import { gelu, tensor } from "@dinograd/dinograd";
 *
 * console.log(gelu(tensor([-1e4, 0, 1e4])).toArray()); // [-0, 0, 10000]
 * console.log(gelu(tensor([1e4]), { approximate: "tanh" }).toArray()); // [10000]
 * ```
 */
export function gelu(x: Scalar, options?: GeluOptions): Scalar;
/** The same for tensors. */
export function gelu(x: Tensor, options?: GeluOptions): Tensor;
export function gelu(x: Operand, ...options: unknown[]): Tensor | Scalar {
  const { approximate = "none" } = named<GeluOptions>("gelu", options, ["approximate"]);
  return (asChoice("gelu", "approximate", approximate, ["none", "tanh"]) === "none" ? exactGelu : tanhGelu)
    .apply([x]);
}

/**
 * x · sigmoid(x), also called swish. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.silu.html}.
 *
 * @example
 * ```ts
 * import { silu, tensor } from "@dinograd/dinograd";
 *
 * console.log(silu(tensor([-1e4, 0, 1e4])).toArray()); // [-0, 0, 10000]
 * ```
 */
export const silu: Unary = unary("silu", (k, x) => k.mul(x, sigmoid(k, x)), {
  result,
  // s (1 + x (1 − s))
  gradient: [(k, g, _y, x) => {
    const one = k.constant(1), s = sigmoid(k, x);
    return k.mul(g, k.mul(s, k.add(one, k.mul(x, k.sub(one, s)))));
  }],
});

/**
 * x · tanh(softplus(x)). See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.mish.html}.
 *
 * @example
 * ```ts
 * import { mish, tensor } from "@dinograd/dinograd";
 *
 * console.log(mish(tensor([-1e4, 0, 1e4])).toArray()); // [-0, 0, 10000]
 * ```
 */
export const mish: Unary = unary("mish", (k, x) => {
  const { n, rest } = mishParts(k, x);
  return k.mul(x, k.div(n, rest));
}, {
  result,
  // t + x (1 − t²) sigmoid(x) = t + 4 x e (1 + e) / (n + 2)²
  gradient: [(k, g, _y, x) => {
    const { low, e, n, rest } = mishParts(k, x), one = k.constant(1);
    const slope = k.div(k.mul(k.mul(k.constant(4), low), k.mul(e, k.add(one, e))), k.mul(rest, rest));
    return k.mul(g, k.add(k.div(n, rest), slope));
  }],
});

// With e = eˣ and n = e (e + 2): tanh(log(1 + e)) = n / (n + 2), one exp instead of exp, log and tanh: 5x faster.
// From 22 on that is 1 and its slope 0, in double precision; the fourth power of e²² still fits a float32.
function mishParts<V, M>(k: Algebra<V, M>, x: V): { low: V; e: V; n: V; rest: V } {
  const two = k.constant(2), low = k.min(x, k.constant(22)), e = k.exp(low), n = k.mul(e, k.add(e, two));
  return { low, e, n, rest: k.add(n, two) };
}

/**
 * x / (1 + |x|). See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.softsign.html}.
 *
 * @example
 * ```ts
 * import { softsign, tensor } from "@dinograd/dinograd";
 *
 * console.log(softsign(tensor([-1, 0, 3])).toArray()); // [-0.5, 0, 0.75]
 * ```
 */
export const softsign: Unary = unary("softsign", (k, x) => k.div(x, k.add(k.constant(1), k.abs(x))), {
  result,
  gradient: [(k, g, _y, x) => {
    const size = k.add(k.constant(1), k.abs(x));
    return k.div(k.div(g, size), size);
  }],
});

/**
 * x − tanh(x). See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.tanhshrink.html}.
 *
 * @example
 * ```ts
 * import { tanhshrink, tensor } from "@dinograd/dinograd";
 *
 * console.log(tanhshrink(tensor([0, 100])).toArray()); // [0, 99]
 * ```
 */
export const tanhshrink: Unary = unary("tanhshrink", (k, x) => k.sub(x, k.tanh(x)), {
  result,
  gradient: [(k, g, _y, x) => {
    const t = k.tanh(x);
    return k.mul(g, k.mul(t, t));
  }],
});
