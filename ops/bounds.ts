/** Bounds, element by element: the larger and smaller of two, and values held within a range. */
import { named } from "../lib/arguments.ts";
import { inside } from "../lib/phrases.ts";
import { type Binary, binary, type Operand, pointwise } from "../lib/pointwise.ts";
import type { Scalar } from "../lib/scalar.ts";
import type { Tensor } from "../lib/tensor.ts";

/**
 * The larger of x and y, NaN if either is; where they are equal each takes half the gradient. See
 * {@link https://pytorch.org/docs/stable/generated/torch.maximum.html}.
 *
 * @example
 * ```ts
 * import { maximum, tensor } from "@dinograd/dinograd";
 *
 * console.log(maximum(tensor([1, 5]), tensor([3, 2])).toArray()); // [3, 5]
 * ```
 */
export const maximum: Binary = binary("maximum", (k, x, y) => k.max(x, y));

/**
 * The smaller of x and y, NaN if either is; where they are equal each takes half the gradient. See
 * {@link https://pytorch.org/docs/stable/generated/torch.minimum.html}.
 *
 * @example
 * ```ts
 * import { minimum, tensor } from "@dinograd/dinograd";
 *
 * console.log(minimum(tensor([1, 5]), tensor([3, 2])).toArray()); // [1, 2]
 * ```
 */
export const minimum: Binary = binary("minimum", (k, x, y) => k.min(x, y));

// The gradient goes to x inside and on the edges, else to the bound that holds it; where they cross, to the upper.
const clampBoth = pointwise("clamp", (k, x, low, high) => k.min(k.max(x, low), high), {
  verb: "clamp",
  gradient: [
    (k, g, _y, x, low, high) => inside(k, g, x, low, high),
    (k, g, _y, x, low, high) => k.select(k.and(k.lt(x, low), k.lt(low, high)), g, k.constant(0)),
    (k, g, _y, x, low, high) => k.select(k.or(k.lt(high, x), k.lt(high, low)), g, k.constant(0)),
  ],
});

// With numbers for bounds comparisons will do: 4 instructions instead of 16, as NaN can only come from x.
const clampBetween = pointwise("clampBetween", (k, x, low, high) => {
  const raised = k.select(k.lt(x, low), low, x);
  return k.select(k.lt(high, raised), high, raised);
}, { verb: "clamp", gradient: [(k, g, _y, x, low, high) => inside(k, g, x, low, high), false, false] });

/**
 * The larger of x and a bound; where they are equal x takes the gradient. See
 * {@link https://pytorch.org/docs/stable/generated/torch.clamp.html}.
 *
 * @example
 * ```ts
 * import { clampMin, tensor } from "@dinograd/dinograd";
 *
 * console.log(clampMin(tensor([-1, 2]), 0).toArray()); // [0, 2]
 * ```
 */
export const clampMin: Binary = binary("clampMin", (k, x, low) => k.max(x, low), {
  verb: "clamp",
  gradient: [
    (k, g, _y, x, low) => k.select(k.le(low, x), g, k.constant(0)),
    (k, g, _y, x, low) => k.select(k.lt(x, low), g, k.constant(0)),
  ],
});

/**
 * The smaller of x and a bound; where they are equal x takes the gradient. See
 * {@link https://pytorch.org/docs/stable/generated/torch.clamp.html}.
 *
 * @example
 * ```ts
 * import { clampMax, tensor } from "@dinograd/dinograd";
 *
 * console.log(clampMax(tensor([-1, 2]), 0).toArray()); // [-1, 0]
 * ```
 */
export const clampMax: Binary = binary("clampMax", (k, x, high) => k.min(x, high), {
  verb: "clamp",
  gradient: [
    (k, g, _y, x, high) => k.select(k.le(x, high), g, k.constant(0)),
    (k, g, _y, x, high) => k.select(k.lt(high, x), g, k.constant(0)),
  ],
});

/** Options of {@link clamp}: numbers or tensors; at least one. */
export interface ClampOptions {
  /** The lower bound. */
  min?: Operand | null;
  /** The upper bound. */
  max?: Operand | null;
}

/**
 * Limits x to the range from `min` to `max`, of which one may be left out. See
 * {@link https://pytorch.org/docs/stable/generated/torch.clamp.html}.
 *
 * @throws {TypeError} without any bound.
 *
 * @example
 * ```ts
 * import { clamp, tensor } from "@dinograd/dinograd";
 *
 * console.log(clamp(tensor([-1, 0.5, 2]), 0, 1).toArray()); // [0, 0.5, 1]
 * console.log(clamp(tensor([-1, 0.5, 2]), { max: 1 }).toArray()); // [-1, 0.5, 1]
 * ```
 */
export function clamp(
  x: Scalar,
  min?: Scalar | number | null | ClampOptions,
  max?: Scalar | number | null,
): Scalar;
/** The same for tensors. */
export function clamp(
  x: Tensor,
  min?: Operand | null | ClampOptions,
  max?: Operand | null | ClampOptions,
): Tensor;
export function clamp(x: Operand, ...bounds: unknown[]): Tensor | Scalar {
  const { min = null, max = null } = named<ClampOptions>("clamp", bounds, ["min", "max"]);
  if (min !== null && max !== null) {
    const plain = typeof min === "number" && typeof max === "number" && min === min && max === max;
    return (plain ? clampBetween : clampBoth).apply([x, min, max]);
  }
  if (min !== null) return clampMin(x as Tensor, min);
  if (max !== null) return clampMax(x as Tensor, max);
  throw new TypeError("Cannot clamp without a bound: give min, max or both");
}

/**
 * Another name of {@link clamp}.
 *
 * @example
 * ```ts
 * import { clip, tensor } from "@dinograd/dinograd";
 *
 * console.log(clip(tensor([-1, 0.5, 2]), 0, 1).toArray()); // [0, 0.5, 1]
 * ```
 */
export const clip: typeof clamp = clamp;
