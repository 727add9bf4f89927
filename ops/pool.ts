/** Pooling by averages and by powers, over windows that slide. */
import { asFlag, asNumber, named, type Optional } from "../lib/arguments.ts";
import { averageBoxes, dividedBoxes } from "../lib/pooling.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";
import { type PoolOptions, poolWindows, readSizes, spansOf, type Windows } from "../lib/windows.ts";

export type { PoolOptions };

/** Options of {@link avgPool1d}. */
export interface AvgPool1dOptions extends PoolOptions {
  /** Whether padding counts as zeros rather than not at all; default true. */
  countIncludePad?: boolean;
}

/** Options of {@link avgPool2d} and {@link avgPool3d}. */
export interface AvgPoolOptions extends AvgPool1dOptions {
  /** What to divide sums by, instead of the number of elements. */
  divisorOverride?: number | null;
}

const positions = ["kernelSize", "stride", "padding", "ceilMode", "countIncludePad"] as const;

function averageOf(name: string, rank: number, input: Tensor, args: Optional<AvgPoolOptions>): Tensor {
  const options = named<AvgPoolOptions>(
    name,
    args,
    rank === 1 ? positions : [...positions, "divisorOverride"],
  );
  const x = asTensor(`call ${name}()`, "the input", input),
    windows = poolWindows(name, x.shape, rank, options);
  if (x.dtype === "bool" || x.dtype === "uint8") {
    throw new TypeError(`Cannot call ${name}() on dtype ${x.dtype}: it must be float32, float64 or int32`);
  }
  const withPadding = asFlag(name, "countIncludePad", options.countIncludePad ?? true);
  const spans = windows.map(spansOf), divisor = options.divisorOverride ?? null;
  if (divisor === null) return averageBoxes(x, spans, windows.map((w) => countsOf(w, withPadding)));
  if (divisor === 0) throw new RangeError(`Cannot call ${name}() with divisorOverride 0: it must not be 0`);
  return dividedBoxes(x, spans, asNumber(name, "divisorOverride", divisor, false));
}

/** How many elements each window has inside the dimension, or inside its padding; at least 1. */
function countsOf({ size, count, kernel, stride, before }: Windows, withPadding: boolean): Int32Array {
  return Int32Array.from({ length: count }, (_, j) => {
    const start = j * stride - before;
    if (withPadding) return Math.min(start + kernel, size + before) - start;
    return Math.max(Math.min(start + kernel, size) - Math.max(start, 0), 1);
  });
}

/**
 * The averages of windows that slide over signals [N, C, L] or [C, L]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool1d.html}.
 *
 * @throws {ShapeError} if no window fits.
 *
 * @example
 * ```ts
 * import { avgPool1d, tensor } from "@dinograd/dinograd";
 *
 * console.log(avgPool1d(tensor([[1, 3, 5, 7]]), 2).toArray()); // [[2, 6]]
 * ```
 */
export function avgPool1d(input: Tensor, ...options: Optional<AvgPool1dOptions>): Tensor {
  return averageOf("avgPool1d", 1, input, options);
}

/**
 * The averages of windows that slide over images [N, C, H, W] or [C, H, W]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool2d.html}.
 *
 * @throws {ShapeError} if no window fits.
 *
 * @example
 * ```ts
 * import { arange, avgPool2d } from "@dinograd/dinograd";
 *
 * const x = arange(16, { dtype: "float32" }).reshape([1, 4, 4]);
 * console.log(avgPool2d(x, 2).toArray()); // [[[2.5, 4.5], [10.5, 12.5]]]
 * console.log(avgPool2d(x, { kernelSize: 3, stride: 2, padding: 1 }).shape); // [1, 2, 2]
 * ```
 */
export function avgPool2d(input: Tensor, ...options: Optional<AvgPoolOptions>): Tensor {
  return averageOf("avgPool2d", 2, input, options);
}

/**
 * The averages of windows that slide over volumes [N, C, D, H, W] or [C, D, H, W]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool3d.html}.
 *
 * @throws {ShapeError} if no window fits.
 *
 * @example
 * ```ts
 * import { avgPool3d, ones } from "@dinograd/dinograd";
 *
 * console.log(avgPool3d(ones([2, 4, 4, 4]), 2).shape); // [2, 2, 2, 2]
 * ```
 */
export function avgPool3d(input: Tensor, ...options: Optional<AvgPoolOptions>): Tensor {
  return averageOf("avgPool3d", 3, input, options);
}

/** Options of {@link lpPool1d} and {@link lpPool2d}. */
export interface LpPoolOptions extends Omit<PoolOptions, "padding"> {
  /** The power p. */
  normType?: number;
}

// (Σ xᵖ)^(1/p), the sum as average · size; sign(s) relu(|s|) is s, but has gradient 0 where the root's is infinite
function powerOf(name: string, rank: number, input: Tensor, args: Optional<LpPoolOptions>): Tensor {
  const options = named<LpPoolOptions>(name, args, ["normType", "kernelSize", "stride", "ceilMode"]);
  const { normType, ...rest } = options, p = asNumber(name, "normType", normType, false);
  const x = asTensor(`call ${name}()`, "the input", input);
  const size = readSizes(name, "kernelSize", rest.kernelSize, rank, 1).reduce((a, b) => a * b);
  const means = averageOf(name, rank, x.pow(p), [rest]);
  return means.sign().mul(means.abs().relu()).mul(size).pow(1 / p);
}

/**
 * The power averages (Σ xᵖ)^(1/p) of windows that slide over signals [N, C, L] or [C, L]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool1d.html}.
 *
 * @throws {ShapeError} if no window fits.
 *
 * @example
 * ```ts
 * import { lpPool1d, tensor } from "@dinograd/dinograd";
 *
 * console.log(lpPool1d(tensor([[3, 4, 6, 8]]), 2, 2).toArray()); // [[5, 10]]
 * ```
 */
export function lpPool1d(input: Tensor, ...options: Optional<LpPoolOptions>): Tensor {
  return powerOf("lpPool1d", 1, input, options);
}

/**
 * The power averages (Σ xᵖ)^(1/p) of windows that slide over images [N, C, H, W] or [C, H, W]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool2d.html}.
 *
 * @throws {ShapeError} if no window fits.
 *
 * @example
 * ```ts
 * import { lpPool2d, tensor } from "@dinograd/dinograd";
 *
 * console.log(lpPool2d(tensor([[[1, 5], [1, 3]]]), 2, 2).toArray()); // [[[6]]]
 * ```
 */
export function lpPool2d(input: Tensor, ...options: Optional<LpPoolOptions>): Tensor {
  return powerOf("lpPool2d", 2, input, options);
}
