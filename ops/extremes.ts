/** The largest and smallest elements, and where they are. */
import { describe, ShapeError } from "../lib/errors.ts";
import { defineMultiOp, defineOp } from "../lib/op.ts";
import { reduceTensor } from "../lib/reduce.ts";
import { type DimParams, type ReduceOptions, type Reduction, reduction, restore } from "../lib/reduction.ts";
import { type Dims, reducedShape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, Tensor } from "../lib/tensor.ts";

/** The dims of an extreme, which needs at least one element along them. */
function extremeDims(name: string, { x, dims }: Reduction): readonly number[] {
  if (dims.some((i) => x.shape[i] === 0) || (dims.length === 0 && sizeOf(x.shape) === 0)) {
    throw new ShapeError(
      `Cannot take ${name}() of shape ${show(x.shape)}: there is no element along dim ${dims.join(", ")}`,
    );
  }
  return dims;
}

function defineExtreme(name: "amax" | "amin") {
  const combine = name === "amax" ? "max" : "min";
  return defineOp<DimParams>({
    name,
    forward: ([x], { dims, keepdim }) => reduceTensor(x, dims, combine, x.dtype, keepdim, x.dtype),
    keeps: "both",
    // all extremes share the gradient equally
    grad: [(g, [x], y, params) => {
      const isExtreme = x.eq(restore(y, x.shape, params)).to(x.dtype);
      return isExtreme.mul(restore(g, x.shape, params).div(isExtreme.sum(params.dims, true)));
    }],
  });
}

const runAmax = defineExtreme("amax");
const runAmin = defineExtreme("amin");

/**
 * The largest element along `dim`, or of all; equal ones share the gradient. NaN counts as largest. See
 * {@link https://pytorch.org/docs/stable/generated/torch.amax.html}.
 *
 * @example
 * ```ts
 * import { amax, tensor } from "@dinograd/dinograd";
 *
 * console.log(amax(tensor([[1, 5], [7, 3]]), 1).toArray()); // [5, 7]
 * ```
 */
export function amax(
  x: Tensor,
  dim?: Dims | null | ReduceOptions,
  keepdim?: boolean | ReduceOptions,
): Tensor {
  const found = reduction("amax", x, [dim, keepdim]);
  return runAmax([found.x], { dims: extremeDims("amax", found), keepdim: found.keepdim });
}

/**
 * The smallest element along `dim`, or of all; as {@link amax}.
 *
 * @example
 * ```ts
 * import { amin, tensor } from "@dinograd/dinograd";
 *
 * console.log(amin(tensor([[3, 1], [2, 4]]), 1).toArray()); // [1, 2]
 * ```
 */
export function amin(
  x: Tensor,
  dim?: Dims | null | ReduceOptions,
  keepdim?: boolean | ReduceOptions,
): Tensor {
  const found = reduction("amin", x, [dim, keepdim]);
  return runAmin([found.x], { dims: extremeDims("amin", found), keepdim: found.keepdim });
}

function defineArgExtreme(name: "max" | "min") {
  return defineMultiOp<DimParams>({
    name: `${name}AlongDim`,
    forward: ([x], { dims, keepdim }) => {
      const index = reduceTensor(x, dims, `arg${name}`, "int32", true, x.dtype);
      const values = x.gather(dims[0], index);
      const shape = reducedShape(x.shape, dims, keepdim);
      return [values.reshape(shape), index.reshape(shape)];
    },
    keeps: "output",
    // the first extreme takes all
    grad: ([g], [x], [, index], params) => {
      if (g === null) return [null];
      const at = restore(index, x.shape, params);
      return [g.newZeros(x.shape).scatterAdd(params.dims[0], at, restore(g, x.shape, params))];
    },
  });
}

const runMax = defineArgExtreme("max");
const runMin = defineArgExtreme("min");

function extreme(
  name: "max" | "min",
  x: Tensor,
  args: readonly unknown[],
): Tensor | [Tensor, Tensor] {
  if (args.every((a) => a === undefined)) return name === "max" ? amax(x) : amin(x);
  const found = reduction(name, x, args);
  if (found.dims.length !== 1 && x.shape.length > 0) {
    throw new TypeError(
      `Cannot take ${name}() along dims ${describe(args[0])}: it takes one dim; see a${name}()`,
    );
  }
  if (x.shape.length === 0) return [x.clone(), x.newZeros([]).to("int32")];
  const params = { dims: extremeDims(name, found), keepdim: found.keepdim };
  const [values, indices] = name === "max" ? runMax([found.x], params) : runMin([found.x], params);
  return [values, indices];
}

/**
 * The largest element of all; with `dim` the pair [values, indices] of the first largest along it; with a second
 * tensor the larger of each pair ({@link maximum}). See
 * {@link https://pytorch.org/docs/stable/generated/torch.max.html}.
 *
 * @example
 * ```ts
 * import { max, tensor } from "@dinograd/dinograd";
 *
 * const [values, indices] = max(tensor([[1, 5], [7, 3]]), 1);
 * console.log(values.toArray(), indices.toArray()); // [5, 7] [1, 0]
 * ```
 */
export function max(x: Tensor): Tensor;
/** The larger of each pair of elements. */
export function max(x: Tensor, other: Tensor): Tensor;
/** The pair [values, indices] of the largest along `dim`. */
export function max(
  x: Tensor,
  dim: number | ReduceOptions,
  keepdim?: boolean | ReduceOptions,
): [Tensor, Tensor];
export function max(x: Tensor, ...args: unknown[]): Tensor | [Tensor, Tensor] {
  const input = asTensor("call max()", "the input", x);
  return args[0] instanceof Tensor ? input.maximum(args[0]) : extreme("max", input, args);
}

/**
 * The smallest element; as {@link max}.
 *
 * @example
 * ```ts
 * import { min, tensor } from "@dinograd/dinograd";
 *
 * const [values, indices] = min(tensor([[3, 1], [2, 4]]), 1);
 * console.log(values.toArray(), indices.toArray()); // [1, 2] [1, 0]
 * ```
 */
export function min(x: Tensor): Tensor;
/** The smaller of each pair of elements. */
export function min(x: Tensor, other: Tensor): Tensor;
/** The pair [values, indices] of the smallest along `dim`. */
export function min(
  x: Tensor,
  dim: number | ReduceOptions,
  keepdim?: boolean | ReduceOptions,
): [Tensor, Tensor];
export function min(x: Tensor, ...args: unknown[]): Tensor | [Tensor, Tensor] {
  const input = asTensor("call min()", "the input", x);
  return args[0] instanceof Tensor ? input.minimum(args[0]) : extreme("min", input, args);
}

function argExtreme(name: "argmax" | "argmin", x: Tensor, args: readonly unknown[]): Tensor {
  const found = reduction(name, x, args), dims = extremeDims(name, found);
  if (found.x.shape.length === 0) return found.x.newZeros([]).to("int32");
  if (dims.length > 1 && dims.length === found.x.shape.length) {
    const y = reduceTensor(found.x.reshape([-1]), [0], name, "int32", false, found.x.dtype);
    return found.keepdim ? y.reshape(found.x.shape.map(() => 1)) : y;
  }
  if (dims.length !== 1) {
    throw new TypeError(`Cannot take ${name}() along several dims: it takes one, or none for all`);
  }
  return reduceTensor(found.x, dims, name, "int32", found.keepdim, found.x.dtype);
}

/**
 * The index of the first largest element along `dim`, or of the flattened tensor. See
 * {@link https://pytorch.org/docs/stable/generated/torch.argmax.html}.
 *
 * @example
 * ```ts
 * import { argmax, tensor } from "@dinograd/dinograd";
 *
 * console.log(argmax(tensor([[1, 5], [7, 3]]), 1).toArray()); // [1, 0]
 * ```
 */
export function argmax(
  x: Tensor,
  dim?: number | null | ReduceOptions,
  keepdim?: boolean | ReduceOptions,
): Tensor {
  return argExtreme("argmax", x, [dim, keepdim]);
}

/**
 * The index of the first smallest element; as {@link argmax}.
 *
 * @example
 * ```ts
 * import { argmin, tensor } from "@dinograd/dinograd";
 *
 * console.log(argmin(tensor([[3, 1], [2, 4]]), 1).toArray()); // [1, 0]
 * ```
 */
export function argmin(
  x: Tensor,
  dim?: number | null | ReduceOptions,
  keepdim?: boolean | ReduceOptions,
): Tensor {
  return argExtreme("argmin", x, [dim, keepdim]);
}
