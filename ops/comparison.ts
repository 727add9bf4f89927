/** Comparisons, tests and logic, element by element: bool tensors, off the tape. Shapes broadcast. */
import type { Formula } from "../lib/formula.ts";
import { type Binary, binary, type Unary, unary } from "../lib/pointwise.ts";

function comparison(name: string, formula: Formula): Binary {
  return binary(name, formula, { verb: "compare", result: "bool" });
}

/**
 * Whether x = y. See {@link https://pytorch.org/docs/stable/generated/torch.eq.html}.
 *
 * @example
 * ```ts
 * import { eq, tensor } from "@dinograd/dinograd";
 *
 * console.log(eq(tensor([1, 2, NaN]), tensor([1, 3, NaN])).toArray()); // [true, false, false]
 * ```
 */
export const eq: Binary = comparison("eq", (k, x, y) => k.number(k.eq(x, y)));

/**
 * Whether x ≠ y. See {@link https://pytorch.org/docs/stable/generated/torch.ne.html}.
 *
 * @example
 * ```ts
 * import { ne, tensor } from "@dinograd/dinograd";
 *
 * console.log(ne(tensor([1, 2, NaN]), tensor([1, 3, NaN])).toArray()); // [false, true, true]
 * ```
 */
export const ne: Binary = comparison("ne", (k, x, y) => k.number(k.not(k.eq(x, y))));

/**
 * Another name of {@link ne}.
 *
 * @example
 * ```ts
 * import { notEqual, tensor } from "@dinograd/dinograd";
 *
 * console.log(notEqual(tensor([1, 2, NaN]), tensor([1, 3, NaN])).toArray()); // [false, true, true]
 * ```
 */
export const notEqual: Binary = ne;

/**
 * Whether x < y. See {@link https://pytorch.org/docs/stable/generated/torch.lt.html}.
 *
 * @example
 * ```ts
 * import { lt, tensor } from "@dinograd/dinograd";
 *
 * console.log(lt(tensor([1, 2, 3]), 2).toArray()); // [true, false, false]
 * ```
 */
export const lt: Binary = comparison("lt", (k, x, y) => k.number(k.lt(x, y)));

/**
 * Another name of {@link lt}.
 *
 * @example
 * ```ts
 * import { less, tensor } from "@dinograd/dinograd";
 *
 * console.log(less(tensor([1, 2, 3]), 2).toArray()); // [true, false, false]
 * ```
 */
export const less: Binary = lt;

/**
 * Whether x ≤ y. See {@link https://pytorch.org/docs/stable/generated/torch.le.html}.
 *
 * @example
 * ```ts
 * import { le, tensor } from "@dinograd/dinograd";
 *
 * console.log(le(tensor([1, 2, 3]), 2).toArray()); // [true, true, false]
 * ```
 */
export const le: Binary = comparison("le", (k, x, y) => k.number(k.le(x, y)));

/**
 * Another name of {@link le}.
 *
 * @example
 * ```ts
 * import { lessEqual, tensor } from "@dinograd/dinograd";
 *
 * console.log(lessEqual(tensor([1, 2, 3]), 2).toArray()); // [true, true, false]
 * ```
 */
export const lessEqual: Binary = le;

/**
 * Whether x > y. See {@link https://pytorch.org/docs/stable/generated/torch.gt.html}.
 *
 * @example
 * ```ts
 * import { gt, tensor } from "@dinograd/dinograd";
 *
 * console.log(gt(tensor([1, 2, 3]), 2).toArray()); // [false, false, true]
 * ```
 */
export const gt: Binary = comparison("gt", (k, x, y) => k.number(k.lt(y, x)));

/**
 * Another name of {@link gt}.
 *
 * @example
 * ```ts
 * import { greater, tensor } from "@dinograd/dinograd";
 *
 * console.log(greater(tensor([1, 2, 3]), 2).toArray()); // [false, false, true]
 * ```
 */
export const greater: Binary = gt;

/**
 * Whether x ≥ y. See {@link https://pytorch.org/docs/stable/generated/torch.ge.html}.
 *
 * @example
 * ```ts
 * import { ge, tensor } from "@dinograd/dinograd";
 *
 * console.log(ge(tensor([1, 2, 3]), 2).toArray()); // [false, true, true]
 * ```
 */
export const ge: Binary = comparison("ge", (k, x, y) => k.number(k.le(y, x)));

/**
 * Another name of {@link ge}.
 *
 * @example
 * ```ts
 * import { greaterEqual, tensor } from "@dinograd/dinograd";
 *
 * console.log(greaterEqual(tensor([1, 2, 3]), 2).toArray()); // [false, true, true]
 * ```
 */
export const greaterEqual: Binary = ge;

/** Of tests of floats: integers are read as floats, none of them NaN or infinite. */
const test = { result: "bool", integersIn: "float32" } as const;

/**
 * Whether x is NaN. See {@link https://pytorch.org/docs/stable/generated/torch.isnan.html}.
 *
 * @example
 * ```ts
 * import { isnan, tensor } from "@dinograd/dinograd";
 *
 * console.log(isnan(tensor([1, NaN])).toArray()); // [false, true]
 * ```
 */
export const isnan: Unary = unary("isnan", (k, x) => k.number(k.not(k.eq(x, x))), test);

/**
 * Whether x is Infinity or −Infinity. See {@link https://pytorch.org/docs/stable/generated/torch.isinf.html}.
 *
 * @example
 * ```ts
 * import { isinf, tensor } from "@dinograd/dinograd";
 *
 * console.log(isinf(tensor([1, -Infinity, NaN])).toArray()); // [false, true, false]
 * ```
 */
export const isinf: Unary = unary("isinf", (k, x) => k.number(k.eq(k.abs(x), k.constant(Infinity))), test);

/**
 * Whether x is neither NaN nor infinite. See
 * {@link https://pytorch.org/docs/stable/generated/torch.isfinite.html}.
 *
 * @example
 * ```ts
 * import { isfinite, tensor } from "@dinograd/dinograd";
 *
 * console.log(isfinite(tensor([1, Infinity, NaN])).toArray()); // [true, false, false]
 * ```
 */
export const isfinite: Unary = unary(
  "isfinite",
  (k, x) => k.number(k.lt(k.abs(x), k.constant(Infinity))),
  test,
);

/**
 * Whether x and y are both not 0. See {@link https://pytorch.org/docs/stable/generated/torch.logical_and.html}.
 *
 * @example
 * ```ts
 * import { logicalAnd, tensor } from "@dinograd/dinograd";
 *
 * console.log(logicalAnd(tensor([0, 1, 2]), tensor([1, 1, 0])).toArray()); // [false, true, false]
 * ```
 */
export const logicalAnd: Binary = binary(
  "logicalAnd",
  (k, x, y) => k.number(k.and(k.truth(x), k.truth(y))),
  { result: "bool" },
);

/**
 * Whether x or y is not 0. See {@link https://pytorch.org/docs/stable/generated/torch.logical_or.html}.
 *
 * @example
 * ```ts
 * import { logicalOr, tensor } from "@dinograd/dinograd";
 *
 * console.log(logicalOr(tensor([0, 0, 2]), tensor([0, 1, 1])).toArray()); // [false, true, true]
 * ```
 */
export const logicalOr: Binary = binary(
  "logicalOr",
  (k, x, y) => k.number(k.or(k.truth(x), k.truth(y))),
  { result: "bool" },
);

/**
 * Whether one of x and y is 0 and the other not. See
 * {@link https://pytorch.org/docs/stable/generated/torch.logical_xor.html}.
 *
 * @example
 * ```ts
 * import { logicalXor, tensor } from "@dinograd/dinograd";
 *
 * console.log(logicalXor(tensor([0, 0, 2]), tensor([0, 1, 1])).toArray()); // [false, true, false]
 * ```
 */
export const logicalXor: Binary = binary(
  "logicalXor",
  (k, x, y) => k.number(k.not(k.eq(k.number(k.truth(x)), k.number(k.truth(y))))),
  { result: "bool" },
);

/**
 * Whether x is 0. See {@link https://pytorch.org/docs/stable/generated/torch.logical_not.html}.
 *
 * @example
 * ```ts
 * import { logicalNot, tensor } from "@dinograd/dinograd";
 *
 * console.log(logicalNot(tensor([0, 1, -2])).toArray()); // [true, false, false]
 * ```
 */
export const logicalNot: Unary = unary("logicalNot", (k, x) => k.number(k.not(k.truth(x))), {
  result: "bool",
});
