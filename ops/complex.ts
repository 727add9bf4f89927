/** What PyTorch asks of complex numbers, answered for real ones: most of it leaves them as they are. */
import { type Unary, unary } from "../lib/pointwise.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

/**
 * The complex conjugate: of real numbers, the tensor itself. See
 * {@link https://pytorch.org/docs/stable/generated/torch.conj.html}.
 *
 * @example
 * ```ts
 * import { conj, tensor } from "@dinograd/dinograd";
 *
 * console.log(conj(tensor([1, -2])).toArray()); // [1, -2]
 * ```
 */
export function conj(x: Tensor): Tensor {
  return asTensor("call conj()", "the input", x);
}

/**
 * {@link conj} as PyTorch computes it at once: of real numbers, the tensor itself.
 *
 * @example
 * ```ts
 * import { conjPhysical, tensor } from "@dinograd/dinograd";
 *
 * console.log(conjPhysical(tensor([1, -2])).toArray()); // [1, -2]
 * ```
 */
export function conjPhysical(x: Tensor): Tensor {
  return asTensor("call conjPhysical()", "the input", x);
}

/**
 * The tensor with a conjugation carried out that was put off: none is, so it is the tensor itself.
 *
 * @example
 * ```ts
 * import { resolveConj, tensor } from "@dinograd/dinograd";
 *
 * console.log(resolveConj(tensor([1, -2])).toArray()); // [1, -2]
 * ```
 */
export function resolveConj(x: Tensor): Tensor {
  return asTensor("call resolveConj()", "the input", x);
}

/**
 * The tensor with a negation carried out that was put off: none is, so it is the tensor itself.
 *
 * @example
 * ```ts
 * import { resolveNeg, tensor } from "@dinograd/dinograd";
 *
 * console.log(resolveNeg(tensor([1, -2])).toArray()); // [1, -2]
 * ```
 */
export function resolveNeg(x: Tensor): Tensor {
  return asTensor("call resolveNeg()", "the input", x);
}

/**
 * The real part: of real numbers, the tensor itself. See
 * {@link https://pytorch.org/docs/stable/generated/torch.real.html}.
 *
 * @example
 * ```ts
 * import { real, tensor } from "@dinograd/dinograd";
 *
 * console.log(real(tensor([1, -2])).toArray()); // [1, -2]
 * ```
 */
export function real(x: Tensor): Tensor {
  return asTensor("call real()", "the input", x);
}

/**
 * Whether each element is a real number: all are. See
 * {@link https://pytorch.org/docs/stable/generated/torch.isreal.html}.
 *
 * @example
 * ```ts
 * import { isreal, tensor } from "@dinograd/dinograd";
 *
 * console.log(isreal(tensor([1, -2])).toArray()); // [true, true]
 * ```
 */
export function isreal(x: Tensor): Tensor {
  return asTensor("call isreal()", "the input", x).onesLike({ dtype: "bool" });
}

/**
 * The angle in the complex plane: π for negative numbers, 0 for others; NaN stays. Its gradient is 0; integers give
 * floats. See {@link https://pytorch.org/docs/stable/generated/torch.angle.html}.
 *
 * @example
 * ```ts
 * import { angle, tensor } from "@dinograd/dinograd";
 *
 * console.log(angle(tensor([-1, 2])).toArray()); // [3.1415927410125732, 0]
 * ```
 */
export const angle: Unary = unary(
  "angle",
  (k, x) => k.select(k.eq(x, x), k.mul(k.number(k.lt(x, k.constant(0))), k.constant(Math.PI)), x),
  { result: "float", gradient: [(k, g) => k.mul(g, k.constant(0))] },
);

/**
 * The tensor itself, as Python's +x. See {@link https://pytorch.org/docs/stable/generated/torch.positive.html}.
 *
 * @throws {TypeError} for truths, which have no sign.
 *
 * @example
 * ```ts
 * import { positive, tensor } from "@dinograd/dinograd";
 *
 * console.log(positive(tensor([1, -2])).toArray()); // [1, -2]
 * ```
 */
export function positive(x: Tensor): Tensor {
  if (asTensor("call positive()", "the input", x).dtype !== "bool") return x;
  throw new TypeError("Cannot call positive() on dtype bool: it must be one of numbers");
}
