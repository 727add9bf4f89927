/** Elements by their rank along a dimension: the k-th smallest, medians, the most frequent, quantiles. */
import { asChoice, asCount, asFlag, named, type Optional } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { isFloat } from "../lib/dtype.ts";
import { Line } from "../lib/line.ts";
import { elementsOf, linesOf } from "../lib/lines.ts";
import { defineMultiOp, defineOp } from "../lib/op.ts";
import { reducedShape, resolveDim, show } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

/** Options of what picks one element along a dimension. */
export interface RankOptions {
  /** The dimension to look along. */
  dim?: number;
  /** Keep the dimension with size 1; default false. */
  keepdim?: boolean;
}

interface PickParams {
  readonly dim: number;
  /** For kthvalue: how many are not larger. */
  readonly k: number;
}

/** Brings the element of a loaded line that is wanted to some place in its order, and returns the place. */
type Choose = (line: Line, k: number) => number;

/** The k-th smallest. */
function kth(line: Line, k: number): number {
  if (k <= line.count) line.select(k - 1);
  return k - 1;
}

/** The lower of two middle ones; NaN if there is one. */
function middle(line: Line): number {
  return line.count < line.n ? line.count : kth(line, (line.n + 1) >> 1);
}

/** The lower of two middle numbers; NaN if there are none. */
function middleNumber(line: Line): number {
  return line.count === 0 ? 0 : kth(line, (line.count + 1) >> 1);
}

/** The last of the most frequent; of equally frequent ones the smallest. */
function mostFrequent(line: Line): number {
  line.sort();
  const { keys, n } = line;
  let found = 0, most = 0;
  for (let i = 0, start = 0; i < n; i++) {
    if (i < n - 1 && keys[i] === keys[i + 1]) continue;
    if (i + 1 - start > most) {
      most = i + 1 - start;
      found = i;
    }
    start = i + 1;
  }
  return found;
}

/** Defines an op that picks one element of each line: [values, indices], `dim` of size 1. */
function definePick(name: string, choose: Choose) {
  return defineMultiOp<PickParams>({
    name,
    forward: ([x], { dim, k }) => {
      const shape = x.shape.map((size, d) => d === dim ? 1 : size);
      const values = empty(shape, x.dtype), indices = empty(shape, "int32");
      const from = elementsOf(x), to = elementsOf(values), places = elementsOf(indices);
      const { outer, n, inner } = linesOf(x.shape, dim), line = new Line(n);
      for (let i = 0; i < outer; i++) {
        for (let j = 0; j < inner; j++) {
          line.load(from, i * n * inner + j, inner);
          const place = choose(line, k);
          to[i * inner + j] = line.keys[place];
          places[i * inner + j] = line.order[place];
        }
      }
      return [values, indices];
    },
    keeps: "output",
    grad: ([g], [x], [, indices], { dim }) => [g && g.newZeros(x.shape).scatter(dim, indices, g)],
  });
}

const runKth = definePick("kthvalue", kth), runMode = definePick("mode", mostFrequent);
const runMedian = definePick("median", middle), runNanmedian = definePick("nanmedian", middleNumber);

/** Picks along `dim` of `x`, which must have elements there. */
function pick(
  run: typeof runKth,
  name: string,
  x: Tensor,
  dim: unknown,
  keepdim: unknown,
  k = 0,
): [Tensor, Tensor] {
  const { shape } = x, d = resolveDim(`call ${name}()`, dim, shape);
  if (shape[d] === 0) {
    throw new ShapeError(`Cannot call ${name}() on ${show(shape)}: there is no element along dim ${d}`);
  }
  const [values, indices] = run([x], { dim: d, k }),
    left = reducedShape(shape, [d], asFlag(name, "keepdim", keepdim));
  return [values.reshape(left), indices.reshape(left)];
}

/**
 * The pair [values, indices] of the `k`-th smallest element along `dim` (default: the last), counted from 1. NaN counts
 * as largest. See {@link https://pytorch.org/docs/stable/generated/torch.kthvalue.html}.
 *
 * @throws {RangeError} if `k` is not between 1 and the size of `dim`.
 *
 * @example
 * ```ts
 * import { kthvalue, tensor } from "@dinograd/dinograd";
 *
 * const [values, indices] = kthvalue(tensor([30, 10, 20]), 2);
 * console.log(values.item(), indices.item()); // 20 2
 * ```
 */
export function kthvalue(
  x: Tensor,
  k: number | (RankOptions & { k: number }),
  ...args: Optional<RankOptions>
): [Tensor, Tensor] {
  const { k: wanted, dim = -1, keepdim = false } = named<RankOptions & { k: number }>(
    "kthvalue",
    [k, ...args],
    ["k", "dim", "keepdim"],
  );
  const { shape } = asTensor("call kthvalue()", "the input", x),
    n = shape[resolveDim("call kthvalue()", dim, shape)] ?? 1;
  const rank = asCount("kthvalue", "k", wanted, 1);
  if (rank > n) {
    throw new RangeError(
      `Cannot call kthvalue() with k ${rank} on ${show(shape)}: there are ${n} along dim ${dim}`,
    );
  }
  return pick(runKth, "kthvalue", x, dim, keepdim, rank);
}

/** The median of all elements; its gradient is shared by all that are equal to it. */
function defineMedianOfAll(name: string, run: typeof runMedian) {
  return defineOp({
    name: `${name}OfAll`,
    forward: ([x]) => {
      if (x.numel() === 0) return x.newFull([], NaN);
      return run([x.reshape([-1])], { dim: 0, k: 0 })[0].reshape([]);
    },
    keeps: "both",
    grad: [(g, [x], y) => {
      const isMedian = (Number.isNaN(y.item()) ? x.isnan() : x.eq(y)).to(x.dtype);
      return isMedian.mul(g.div(isMedian.sum()));
    }],
  });
}

const runMedianOfAll = defineMedianOfAll("median", runMedian);
const runNanmedianOfAll = defineMedianOfAll("nanmedian", runNanmedian);

function medianOf(
  name: "median" | "nanmedian",
  x: Tensor,
  args: readonly unknown[],
): Tensor | [Tensor, Tensor] {
  const { dim, keepdim = false } = named<RankOptions>(name, args, ["dim", "keepdim"]);
  const input = asTensor(`call ${name}()`, "the input", x);
  if (dim !== undefined) return pick(name === "median" ? runMedian : runNanmedian, name, input, dim, keepdim);
  if (!isFloat(input.dtype) && input.numel() === 0) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(input.shape)} of dtype ${input.dtype}: there is no element`,
    );
  }
  return (name === "median" ? runMedianOfAll : runNanmedianOfAll)([input], undefined);
}

/**
 * The median of all elements, the lower one of two; NaN if there is one. With `dim` the pair [values, indices] along it.
 * See {@link https://pytorch.org/docs/stable/generated/torch.median.html}.
 *
 * @example
 * ```ts
 * import { median, tensor } from "@dinograd/dinograd";
 *
 * console.log(median(tensor([5, 1, 3, 2])).item()); // 2
 * ```
 */
export function median(x: Tensor): Tensor;
/** The pair [values, indices] of the median along `dim`. */
export function median(
  x: Tensor,
  dim: number | RankOptions,
  keepdim?: boolean | RankOptions,
): [Tensor, Tensor];
export function median(x: Tensor, ...args: unknown[]): Tensor | [Tensor, Tensor] {
  return medianOf("median", x, args);
}

/**
 * The {@link median} of what is not NaN. See {@link https://pytorch.org/docs/stable/generated/torch.nanmedian.html}.
 *
 * @example
 * ```ts
 * import { nanmedian, tensor } from "@dinograd/dinograd";
 *
 * console.log(nanmedian(tensor([NaN, 1, 3, 2])).item()); // 2
 * ```
 */
export function nanmedian(x: Tensor): Tensor;
/** The pair [values, indices] of the median along `dim` of what is not NaN. */
export function nanmedian(
  x: Tensor,
  dim: number | RankOptions,
  keepdim?: boolean | RankOptions,
): [Tensor, Tensor];
export function nanmedian(x: Tensor, ...args: unknown[]): Tensor | [Tensor, Tensor] {
  return medianOf("nanmedian", x, args);
}

/**
 * The pair [values, indices] of the most frequent element along `dim` (default: the last): its last occurrence, and the
 * smallest of several. See {@link https://pytorch.org/docs/stable/generated/torch.mode.html}.
 *
 * @example
 * ```ts
 * import { mode, tensor } from "@dinograd/dinograd";
 *
 * const [values, indices] = mode(tensor([2, 1, 2, 3]));
 * console.log(values.item(), indices.item()); // 2 2
 * ```
 */
export function mode(
  x: Tensor,
  dim?: number | RankOptions,
  keepdim?: boolean | RankOptions,
): [Tensor, Tensor] {
  const given = named<RankOptions>("mode", [dim, keepdim], ["dim", "keepdim"]);
  return pick(
    runMode,
    "mode",
    asTensor("call mode()", "the input", x),
    given.dim ?? -1,
    given.keepdim ?? false,
  );
}

/** How a quantile between two elements is found. */
export type Interpolation = "linear" | "lower" | "higher" | "midpoint" | "nearest";

const interpolations: readonly Interpolation[] = ["linear", "lower", "higher", "midpoint", "nearest"];

/** Options of {@link quantile} and {@link nanquantile}. */
export interface QuantileOptions extends Omit<RankOptions, "dim"> {
  /** The dimension to look along; default: all elements. */
  dim?: number | null;
  /** What to take between two elements; default "linear". */
  interpolation?: Interpolation;
}

/** `q` as a tensor of the dtype of `x`: one level or a list of them, from 0 to 1. */
function levelsOf(name: string, q: unknown, x: Tensor): Tensor {
  const levels = typeof q === "number" ? x.newFull([], q) : asTensor(`call ${name}()`, "q", q).to(x.dtype);
  if (levels.shape.length > 1) {
    throw new ShapeError(
      `Cannot call ${name}() with q of shape ${show(levels.shape)}: it must be one number or a list`,
    );
  }
  const odd = levels.toTypedArray().find((v) => !(v >= 0 && v <= 1));
  if (odd !== undefined) throw new RangeError(`Cannot call ${name}() with q ${odd}: it must be from 0 to 1`);
  return levels;
}

/** What lines in order, [..., n], have at fractional ranks [..., count]. */
function readAt(ordered: Tensor, ranks: Tensor, how: Interpolation): Tensor {
  const at = (place: Tensor) => ordered.gather(-1, place.int());
  if (how === "nearest") return at(ranks.round());
  const floor = ranks.floor();
  if (how === "lower") return at(floor);
  if (how === "higher") return at(ranks.ceil());
  return at(floor).lerp(
    at(ranks.ceil()),
    how === "midpoint" ? ranks.detach().fullLike(0.5) : ranks.sub(floor),
  );
}

/** Puts the lines in order and reads them at the ranks q · (n − 1); one NaN makes all NaN unless they do not count. */
function quantileOf(name: string, x: Tensor, args: readonly unknown[], counts: "all" | "numbers"): Tensor {
  const given = named<QuantileOptions & { q: number | Tensor }>(name, args, [
    "q",
    "dim",
    "keepdim",
    "interpolation",
  ]);
  const { q, dim = null, keepdim = false } = given, action = `call ${name}()`;
  const how = asChoice(name, "interpolation", given.interpolation ?? "linear", interpolations);
  const input = asTensor(action, "the input", x), { shape } = input;
  if (!isFloat(input.dtype) || input.numel() === 0) {
    throw new TypeError(
      `Cannot ${action} on ${
        show(shape)
      } of dtype ${input.dtype}: it must be float32 or float64, with elements`,
    );
  }
  const levels = levelsOf(name, q, input), d = dim === null ? 0 : resolveDim(action, dim, shape);
  const isFlat = dim === null || shape.length === 0;
  const [ordered] = (isFlat ? input.reshape([-1]) : input.movedim(d, -1)).sort(-1);
  const n = ordered.shape[ordered.shape.length - 1], isNumber = ordered.isnan().logicalNot();
  const ranks = counts === "all"
    ? levels.mul(n - 1).where(isNumber.all(-1, true), input.newFull([], n - 1)) // NaN is the last one
    : levels.mul(isNumber.sum(-1, true).sub(1).clamp(0, null).to(input.dtype));
  let y = readAt(ordered, ranks.expand([...ordered.shape.slice(0, -1), levels.numel()]), how).movedim(-1, 0);
  if (asFlag(name, "keepdim", keepdim)) {
    y = isFlat ? y.reshape([levels.numel(), ...shape.map(() => 1)]) : y.unsqueeze(d + 1);
  }
  return levels.shape.length === 0 ? y.select(0, 0) : y;
}

/**
 * The `q`-th quantiles along `dim`, or of all elements: where a share of q lies below, interpolated between neighbours.
 * A list of levels gives a first dimension to the result. NaN if there is one. See
 * {@link https://pytorch.org/docs/stable/generated/torch.quantile.html}.
 *
 * @throws {RangeError} if a level is not from 0 to 1.
 *
 * @example
 * ```ts
 * import { quantile, tensor } from "@dinograd/dinograd";
 *
 * console.log(quantile(tensor([0, 1, 2, 4]), tensor([0.25, 0.5])).toArray()); // [0.75, 1.5]
 * ```
 */
export function quantile(
  x: Tensor,
  q: number | Tensor,
  ...args: Optional<QuantileOptions>
): Tensor {
  return quantileOf("quantile", x, [q, ...args], "all");
}

/**
 * The {@link quantile} of what is not NaN. See {@link https://pytorch.org/docs/stable/generated/torch.nanquantile.html}.
 *
 * @example
 * ```ts
 * import { nanquantile, tensor } from "@dinograd/dinograd";
 *
 * console.log(nanquantile(tensor([0, 1, NaN, 2]), 0.5).item()); // 1
 * ```
 */
export function nanquantile(
  x: Tensor,
  q: number | Tensor,
  ...args: Optional<QuantileOptions>
): Tensor {
  return quantileOf("nanquantile", x, [q, ...args], "numbers");
}
