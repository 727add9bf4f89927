/** Copies, dtypes, and leaving the tape. */
import { asDType, type DType, isFloat } from "../lib/dtype.ts";
import { isOptions, named } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { PointwiseKernel } from "../lib/execute.ts";
import { Graph } from "../lib/formula.ts";
import { assign, checkPlaces, refuseLeaf } from "../lib/inplace.ts";
import { and, xor } from "../lib/integers.ts";
import { defineOp } from "../lib/op.ts";
import { recorded } from "../lib/places.ts";
import { checkExpands, show } from "../lib/shape.ts";
import { asTensor, empty, Tensor, viewOf } from "../lib/tensor.ts";

const identity = new PointwiseKernel(new Graph().input(0));

const runTo = defineOp<{ dtype: DType }>({
  name: "to",
  linear: true,
  forward: ([x], { dtype }) => {
    const y = empty(x.shape, dtype);
    // from float64 only float64 lanes can read; every other pair computes in the wider of the two
    identity.run(y, x.dtype === "float64" ? "float64" : isFloat(dtype) ? dtype : x.dtype, [x]);
    return y;
  },
  keeps: "nothing",
  grad: [(g, [x]) => g.to(x.dtype)],
});

/**
 * Converts to another dtype; the tensor itself if it has it. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.to.html}.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([1.7, -1.7]).to("int32").toArray()); // [1, -1]
 * ```
 */
export function to(
  x: Tensor,
  dtype: DType | Tensor | { dtype?: DType; device?: string; copy?: boolean } = {},
): Tensor {
  const own = asTensor("convert", "the first argument", x).dtype;
  const wanted = dtype instanceof Tensor
    ? dtype.dtype
    : isOptions(dtype)
    ? dtype.dtype ?? own
    : dtype === "cpu" as string
    ? own
    : dtype;
  const type = asDType("convert a tensor", wanted), copy = isOptions(dtype) && dtype.copy === true;
  return own === type && !copy ? x : runTo([x], { dtype: type });
}

/**
 * Converts to float32.
 *
 * @example
 * ```ts
 * import { float, tensor } from "@dinograd/dinograd";
 *
 * console.log(float(tensor([1, 2], { dtype: "int32" })).dtype); // float32
 * ```
 */
export function float(x: Tensor): Tensor {
  return to(x, "float32");
}

/**
 * Converts to float64.
 *
 * @example
 * ```ts
 * import { double, tensor } from "@dinograd/dinograd";
 *
 * console.log(double(tensor([1, 2])).dtype); // float64
 * ```
 */
export function double(x: Tensor): Tensor {
  return to(x, "float64");
}

/**
 * Converts to int32, dropping fractions.
 *
 * @example
 * ```ts
 * import { int, tensor } from "@dinograd/dinograd";
 *
 * console.log(int(tensor([1.7, -1.7])).toArray()); // [1, -1]
 * ```
 */
export function int(x: Tensor): Tensor {
  return to(x, "int32");
}

/**
 * Converts to uint8: whole numbers from 0 to 255, others wrapped around. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.byte.html}.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([1.5, 300, -1]).byte().toArray()); // [1, 44, 255]
 * ```
 */
export function byte(x: Tensor): Tensor {
  return to(to(x, "int32"), "uint8");
}

const graph = new Graph(), k = graph.algebra, half = graph.input(1);
const lowest = k.call(and, graph.input(0), k.sub(k.add(half, half), k.constant(1)));
const wrapping = new PointwiseKernel(k.sub(k.call(xor, lowest, half), half));

/** Whole numbers as they are when only their lowest `bits` are kept, in int32: (x & 2^bits − 1 ^ half) − half. */
function wrapped(x: Tensor, bits: number): Tensor {
  const whole = to(x, "int32"), y = empty(whole.shape, "int32");
  wrapping.run(y, "int32", [whole, 2 ** (bits - 1)]);
  return y;
}

/**
 * Converts to the numbers of PyTorch's int8, held as int32: −128 to 127, others wrapped around. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.char.html}.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([1.5, 130]).char().toArray()); // [1, -126]
 * ```
 */
export function char(x: Tensor): Tensor {
  return wrapped(x, 8);
}

/**
 * Converts to the numbers of PyTorch's int16, held as int32: −32768 to 32767, others wrapped around. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.short.html}.
 *
 * @example
 * ```ts
 * import { tensor } from "@dinograd/dinograd";
 *
 * console.log(tensor([1.5, 40000]).short().toArray()); // [1, -25536]
 * ```
 */
export function short(x: Tensor): Tensor {
  return wrapped(x, 16);
}

/**
 * Converts to int32, which stands for PyTorch's int64.
 *
 * @example
 * ```ts
 * import { long, tensor } from "@dinograd/dinograd";
 *
 * console.log(long(tensor([1.7])).dtype); // int32
 * ```
 */
export function long(x: Tensor): Tensor {
  return to(x, "int32");
}

/**
 * Converts to bool: whether each element is not 0.
 *
 * @example
 * ```ts
 * import { bool, tensor } from "@dinograd/dinograd";
 *
 * console.log(bool(tensor([0, 2])).toArray()); // [false, true]
 * ```
 */
export function bool(x: Tensor): Tensor {
  return to(x, "bool");
}

/**
 * Converts to the dtype of another tensor.
 *
 * @example
 * ```ts
 * import { tensor, typeAs } from "@dinograd/dinograd";
 *
 * console.log(typeAs(tensor([1.7]), tensor(0, { dtype: "int32" })).toArray()); // [1]
 * ```
 */
export function typeAs(x: Tensor, other: Tensor): Tensor {
  return to(x, asTensor("convert", "other", other).dtype);
}

const runClone = defineOp({
  name: "clone",
  linear: true,
  forward: ([x]) => {
    const y = empty(x.shape, x.dtype);
    identity.run(y, x.dtype, [x]);
    return y;
  },
  keeps: "nothing",
  grad: [(g) => g],
});

/**
 * A copy with storage of its own; gradients flow through. See
 * {@link https://pytorch.org/docs/stable/generated/torch.clone.html}.
 *
 * @example
 * ```ts
 * import { ones } from "@dinograd/dinograd";
 *
 * const x = ones([2]);
 * x.clone().mul_(5);
 * console.log(x.toArray()); // [1, 1]
 * ```
 */
export function clone(x: Tensor): Tensor {
  return runClone([asTensor("clone", "the first argument", x)], undefined);
}

/**
 * The tensor itself if its elements follow each other in row-major order, else a copy in which they do.
 *
 * @example
 * ```ts
 * import { contiguous, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[1, 2], [3, 4]]).t();
 * console.log(x.isContiguous(), contiguous(x).isContiguous()); // false true
 * ```
 */
export function contiguous(x: Tensor): Tensor {
  return asTensor("call contiguous()", "the first argument", x).isContiguous() ? x : clone(x);
}

/**
 * The same storage off the tape: no gradient flows through.
 *
 * @example
 * ```ts
 * import { detach, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([1, 2], { requiresGrad: true });
 * console.log(detach(x.mul(2)).requiresGrad); // false
 * ```
 */
export function detach(x: Tensor): Tensor {
  return viewOf(asTensor("detach", "the first argument", x), x.shape, x.strides);
}

/**
 * Copies the elements of `source`, broadcast and converted, into `x` in place. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.copy_.html}.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2, 2]).copy_(tensor([1, 2])).toArray()); // [[1, 2], [1, 2]]
 * ```
 */
export function copy_(x: Tensor, source: Tensor | number): Tensor {
  return overwrite("copy_", x, source);
}

function overwrite(name: string, x: Tensor, source: Tensor | number): Tensor {
  asTensor(`call ${name}()`, "the first argument", x);
  if (typeof source !== "number") {
    asTensor(`call ${name}()`, "the source", source);
    checkExpands("copy", source.shape, x.shape);
    if (source.storage === x.storage) source = source.clone(); // else it might be overwritten before it is read
  }
  if (recorded(x, source)) {
    return assign(name, x, () => typeof source === "number" ? x.fullLike(source) : widen(source, x));
  }
  checkPlaces(name, x);
  refuseLeaf(name, x);
  identity.run(x, typeof source !== "number" && source.dtype === "float64" ? "float64" : x.dtype, [source]);
  x.storage.version++;
  return x;
}

function widen(source: Tensor, x: Tensor): Tensor {
  return source.expand(x.shape).to(x.dtype);
}

/** What to fill `x` with: a number, a truth, or a 0-d tensor. */
function filling(name: string, x: Tensor, value: unknown): Tensor | number {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  const source = asTensor(`call ${name}()`, "value", value);
  if (source.shape.length === 0) return source;
  throw new ShapeError(
    `Cannot fill ${show(x.shape)} with a tensor of shape ${show(source.shape)}: it must be 0-d or a number`,
  );
}

const runFill = defineOp<{ value: number }>({
  name: "fill",
  forward: ([x, source], { value }) => overwrite("fill", empty(x.shape, x.dtype), source ?? value),
  keeps: "nothing",
  grad: [(g) => g.zerosLike(), (g) => g.sum()],
});

/**
 * A tensor with the shape and dtype of `x`, filled with one number, which may take a gradient as a 0-d tensor. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.fill_.html}.
 *
 * @example
 * ```ts
 * import { fill, ones } from "@dinograd/dinograd";
 *
 * console.log(fill(ones([2]), 7).toArray()); // [7, 7]
 * ```
 */
export function fill(
  x: Tensor,
  value: Tensor | number | boolean | { value: Tensor | number | boolean },
): Tensor {
  const { value: given } = named<{ value: Tensor | number | boolean }>("fill", [value], ["value"]);
  const like = asTensor("call fill()", "the first argument", x), source = filling("fill", like, given);
  return typeof source === "number"
    ? runFill([like], { value: source })
    : runFill([like, source], { value: 0 });
}

/**
 * Sets every element to one number, in place.
 *
 * @example
 * ```ts
 * import { zeros } from "@dinograd/dinograd";
 *
 * console.log(zeros([2]).fill_(7).toArray()); // [7, 7]
 * ```
 */
export function fill_(x: Tensor, value: Tensor | number | boolean): Tensor {
  return overwrite("fill_", x, filling("fill_", asTensor("call fill_()", "the first argument", x), value));
}

/**
 * Sets every element to 0, in place.
 *
 * @example
 * ```ts
 * import { ones } from "@dinograd/dinograd";
 *
 * console.log(ones([2]).zero_().toArray()); // [0, 0]
 * ```
 */
export function zero_(x: Tensor): Tensor {
  return overwrite("zero_", x, 0);
}

/**
 * Whether a value is a tensor. See {@link https://pytorch.org/docs/stable/generated/torch.is_tensor.html}.
 *
 * @example
 * ```ts
 * import { isTensor, tensor } from "@dinograd/dinograd";
 *
 * console.log(isTensor(tensor(1)), isTensor(1)); // true false
 * ```
 */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}
