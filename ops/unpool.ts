/** The reverse of pooling by maxima: numbers go back where they were found, among zeros. */
import { named, type Optional } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { sameShape, type Shape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";
import { checkPlanes, readSizes, type Sizes } from "../lib/windows.ts";

/** Options of {@link maxUnpool1d}, {@link maxUnpool2d} and {@link maxUnpool3d}: those of the pooling. */
export interface MaxUnpoolOptions {
  /** How many elements a window covered. */
  kernelSize?: Sizes;
  /** The step from one window to the next; default: the size of the kernel. */
  stride?: Sizes | null;
  /** How far windows reached over both ends; default 0. */
  padding?: Sizes;
  /** The size that was pooled, of the last dimensions or of all; default: the smallest that the options allow. */
  outputSize?: Shape | null;
}

function unpooled(
  name: string,
  rank: number,
  input: Tensor,
  indices: Tensor,
  args: Optional<MaxUnpoolOptions>,
): Tensor {
  const options = named<MaxUnpoolOptions>(name, args, ["kernelSize", "stride", "padding", "outputSize"]);
  const x = asTensor(`call ${name}()`, "the input", input),
    at = asTensor(`call ${name}()`, "indices", indices);
  checkPlanes(name, x.shape, rank);
  if (!sameShape(x.shape, at.shape)) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(x.shape)} with indices ${show(at.shape)}: they must be equal`,
    );
  }
  const leading = x.shape.slice(0, -rank), plane = sizeOf(x.shape.slice(-rank));
  const size = sizeBefore(name, x.shape.slice(-rank), options);
  const zeros = x.newZeros([...leading, sizeOf(size)]), flat = [...leading, plane];
  return zeros.scatter(-1, at.reshape(flat), x.reshape(flat)).reshape([...leading, ...size]);
}

/** The size that was pooled to `shape`. */
function sizeBefore(name: string, shape: Shape, options: MaxUnpoolOptions): Shape {
  const rank = shape.length, kernel = readSizes(name, "kernelSize", options.kernelSize, rank, 1);
  const stride = readSizes(name, "stride", options.stride ?? kernel, rank, 1);
  const padding = readSizes(name, "padding", options.padding ?? 0, rank, 0),
    wanted = options.outputSize ?? null;
  const least = shape.map((n, d) => (n - 1) * stride[d] + kernel[d] - 2 * padding[d]);
  const given: unknown = Array.isArray(wanted) && wanted.length === rank + 2
    ? wanted.slice(2)
    : wanted ?? least;
  const isNear = (n: unknown, d: number) =>
    typeof n === "number" && Number.isInteger(n) && n >= 0 && Math.abs(n - least[d]) < stride[d];
  if (Array.isArray(given) && given.length === rank && given.every(isNear)) return given;
  throw new RangeError(
    `Cannot call ${name}() with outputSize ${describe(wanted)}: it must be ${
      show(least)
    }, in each dimension less than ` +
      `stride ${show(stride)} away`,
  );
}

/**
 * Puts each number of signals [N, C, L] or [C, L] back to its place `indices`, as maxPool1d returns them; all others are
 * 0. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool1d.html}.
 *
 * @throws {RangeError} if an index is not in the result, or `outputSize` cannot have been pooled to the input's.
 *
 * @example
 * ```ts
 * import { maxPool1d, maxUnpool1d, tensor } from "@dinograd/dinograd";
 *
 * const [values, indices] = maxPool1d(tensor([[1, 3, 2, 0]]), 2, { returnIndices: true });
 * console.log(maxUnpool1d(values, indices, 2).toArray()); // [[0, 3, 2, 0]]
 * ```
 */
export function maxUnpool1d(input: Tensor, indices: Tensor, ...options: Optional<MaxUnpoolOptions>): Tensor {
  return unpooled("maxUnpool1d", 1, input, indices, options);
}

/**
 * {@link maxUnpool1d} for images [N, C, H, W] or [C, H, W], with indices into the flattened image. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool2d.html}.
 *
 * @throws {RangeError} if an index is not in the result, or `outputSize` cannot have been pooled to the input's.
 *
 * @example
 * ```ts
 * import { maxPool2d, maxUnpool2d, tensor } from "@dinograd/dinograd";
 *
 * const [values, indices] = maxPool2d(tensor([[[1, 2], [4, 3]]]), 2, { returnIndices: true });
 * console.log(maxUnpool2d(values, indices, 2).toArray()); // [[[0, 0], [4, 0]]]
 * ```
 */
export function maxUnpool2d(input: Tensor, indices: Tensor, ...options: Optional<MaxUnpoolOptions>): Tensor {
  return unpooled("maxUnpool2d", 2, input, indices, options);
}

/**
 * {@link maxUnpool1d} for volumes [N, C, D, H, W] or [C, D, H, W], with indices into the flattened volume. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool3d.html}.
 *
 * @throws {RangeError} if an index is not in the result, or `outputSize` cannot have been pooled to the input's.
 *
 * @example
 * ```ts
 * import { maxPool3d, maxUnpool3d, ones } from "@dinograd/dinograd";
 *
 * const [values, indices] = maxPool3d(ones([1, 4, 4, 4]), 2, { returnIndices: true });
 * console.log(maxUnpool3d(values, indices, 2).shape); // [1, 4, 4, 4]
 * ```
 */
export function maxUnpool3d(input: Tensor, indices: Tensor, ...options: Optional<MaxUnpoolOptions>): Tensor {
  return unpooled("maxUnpool3d", 3, input, indices, options);
}
