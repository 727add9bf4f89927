/** Giving a tensor another shape in place, with more memory where it needs it. */
import { sameShape, type Shape, shapeFrom, sizeOf, stridesOf } from "../lib/shape.ts";
import { asTensor, become, empty, type Tensor } from "../lib/tensor.ts";

/** Lets `x` show the elements of its storage, from its first one on, in another shape. */
function resize(name: string, x: Tensor, shape: Shape): Tensor {
  if (x.requiresGrad) {
    throw new TypeError(
      `Cannot call ${name}() on a tensor that takes a gradient: use reshape(), or detach() first`,
    );
  }
  if (sameShape(shape, x.shape)) return x;
  const { dtype, offset } = x, all = x.storage.view(dtype), size = offset + sizeOf(shape);
  let { storage } = x;
  if (size > all.length) {
    storage = empty([size], dtype).storage;
    storage.view(dtype).set(all);
    x.base = null;
  }
  become(x, { storage, shape: [...shape], strides: stridesOf(shape), offset });
  return x;
}

/**
 * Gives `x` another shape in place: its elements as they lie in memory, in row-major order. Where it needs more memory, it
 * gets its own, and what is new is unspecified. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.resize_.html}.
 *
 * @throws {TypeError} if `x` takes a gradient.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([[1, 2], [3, 4]]).resize_([3]).toArray()); // [1, 2, 3]
 * ```
 */
export function resize_(x: Tensor, ...shape: [Shape] | number[]): Tensor {
  return resize("resize_", asTensor("call resize_()", "the input", x), shapeFrom("call resize_()", shape));
}

/**
 * {@link resize_} to the shape of another tensor.
 *
 * @example
 * ```ts
 * import { arange, zeros } from "@dinograd/dinograd";
 *
 * console.log(arange(4).resizeAs_(zeros([2, 2])).toArray()); // [[0, 1], [2, 3]]
 * ```
 */
export function resizeAs_(x: Tensor, other: Tensor): Tensor {
  const { shape } = asTensor("call resizeAs_()", "other", other);
  return resize("resizeAs_", asTensor("call resizeAs_()", "the input", x), shape);
}
