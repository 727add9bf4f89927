/** Copies, dtypes, and leaving the tape. */
import { asDType, type DType, isFloat } from "../lib/dtype.ts";
import { isOptions } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { PointwiseKernel } from "../lib/execute.ts";
import { Graph } from "../lib/formula.ts";
import { assign } from "../lib/inplace.ts";
import { defineOp } from "../lib/op.ts";
import { checkExpands, show } from "../lib/shape.ts";
import { asTensor, empty, Tensor, viewOf } from "../lib/tensor.ts";

const identity = new PointwiseKernel(new Graph().input(0));

const runTo = defineOp<{ dtype: DType }>({
  name: "to",
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

/** Converts to float32. */
export function float(x: Tensor): Tensor {
  return to(x, "float32");
}

/** Converts to float64. */
export function double(x: Tensor): Tensor {
  return to(x, "float64");
}

/** Converts to int32, dropping fractions. */
export function int(x: Tensor): Tensor {
  return to(x, "int32");
}

/** Converts to int32, which stands for PyTorch's int64. */
export function long(x: Tensor): Tensor {
  return to(x, "int32");
}

/** Converts to bool: whether each element is not 0. */
export function bool(x: Tensor): Tensor {
  return to(x, "bool");
}

/** Converts to the dtype of another tensor. */
export function typeAs(x: Tensor, other: Tensor): Tensor {
  return to(x, asTensor("convert", "other", other).dtype);
}

const runClone = defineOp({
  name: "clone",
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

/** The tensor itself if its elements follow each other in row-major order, else a copy in which they do. */
export function contiguous(x: Tensor): Tensor {
  return asTensor("call contiguous()", "the first argument", x).isContiguous() ? x : clone(x);
}

/** The same storage off the tape: no gradient flows through. */
export function detach(x: Tensor): Tensor {
  return viewOf(asTensor("detach", "the first argument", x), x.shape, x.strides);
}

/**
 * Copies the elements of `source`, broadcast and converted, into `x` in place. See
 * {@link https://pytorch.org/docs/stable/generated/torch.Tensor.copy_.html}.
 */
export function copy_(x: Tensor, source: Tensor | number): Tensor {
  asTensor("copy into a tensor", "the first argument", x);
  if (typeof source !== "number") {
    asTensor("copy into a tensor", "the source", source);
    checkExpands("copy", source.shape, x.shape);
    if (source.storage === x.storage) source = source.clone(); // else it might be overwritten before it is read
  }
  return assign(
    "copy_",
    x,
    () => typeof source === "number" ? x.fullLike(source) : widen(source, x),
    (out) => {
      identity.run(out, typeof source !== "number" && source.dtype === "float64" ? "float64" : x.dtype, [
        source,
      ]);
    },
  );
}

function widen(source: Tensor, x: Tensor): Tensor {
  return source.expand(x.shape).to(x.dtype);
}

/** Sets every element to one number, in place. */
export function fill_(x: Tensor, value: Tensor | number): Tensor {
  asTensor("call fill_()", "the first argument", x);
  if (value instanceof Tensor && value.shape.length > 0) {
    throw new ShapeError(
      `Cannot fill ${show(x.shape)} with a tensor of shape ${show(value.shape)}: it must be 0-d or a number`,
    );
  }
  return copy_(x, value);
}

/** Sets every element to 0, in place. */
export function zero_(x: Tensor): Tensor {
  return copy_(x, 0);
}

/** Whether a value is a tensor. See {@link https://pytorch.org/docs/stable/generated/torch.is_tensor.html}. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

/** Fails with a message unless `x` is a float tensor: for ops that need one. */
export function requireFloat(action: string, x: Tensor): Tensor {
  if (isFloat(asTensor(action, "the input", x).dtype)) return x;
  throw new TypeError(
    `Cannot ${action} of dtype ${describe(x.dtype)}: it must be float32 or float64; use .float()`,
  );
}
