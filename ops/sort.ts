/** Sorting along a dimension, and the first elements in order. NaN counts as larger than every number. */
import { asCount, asFlag, named, type Optional } from "../lib/arguments.ts";
import { Line } from "../lib/line.ts";
import { elementsOf, linesOf } from "../lib/lines.ts";
import { defineMultiOp } from "../lib/op.ts";
import { resolveDim, show } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

/** Which elements of each line are wanted: the first `k` in order. */
interface SortParams {
  readonly dim: number;
  readonly descending: boolean;
  readonly k: number;
}

/** Defines an op that puts lines in order: `arrange` leaves the first k numbers at the front. */
function defineSort(name: string, arrange: (line: Line, k: number) => void) {
  return defineMultiOp<SortParams>({
    name,
    forward: ([x], { dim, descending, k }) => {
      const shape = x.shape.map((size, d) => d === dim ? k : size);
      const values = empty(shape, x.dtype), indices = empty(shape, "int32");
      const from = elementsOf(x), to = elementsOf(values), places = elementsOf(indices);
      const { outer, n, inner } = linesOf(x.shape, dim), line = new Line(n, descending), { sign } = line;
      for (let i = 0; i < outer; i++) {
        for (let j = 0; j < inner; j++) {
          line.load(from, i * n * inner + j, inner);
          arrange(line, k);
          // in descending order NaN, which the line has last, comes first
          const { keys, order, count } = line, first = descending ? Math.min(n - count, k) : 0;
          let at = i * k * inner + j;
          for (let r = 0; r < first; r++, at += inner) {
            to[at] = NaN;
            places[at] = order[count + r];
          }
          for (let r = 0; r < k - first; r++, at += inner) {
            to[at] = sign * keys[r];
            places[at] = order[r];
          }
        }
      }
      return [values, indices];
    },
    keeps: "output",
    grad: ([g], [x], [, indices], { dim }) => [g && g.newZeros(x.shape).scatter(dim, indices, g)],
  });
}

const runSort = defineSort("sort", (line) => line.sort());
const runTopk = defineSort("topk", (line, k) => line.lead(k));

/** Options of {@link sort} and {@link argsort}. */
export interface SortOptions {
  /** The dimension to sort along; default −1, the last. */
  dim?: number;
  /** Largest first; default false. */
  descending?: boolean;
  /** Accepted for PyTorch's sake: equal elements always stay in their order. */
  stable?: boolean | null;
}

function sorted(name: string, x: Tensor, args: readonly unknown[]): [Tensor, Tensor] {
  const { dim = -1, descending = false } = named<SortOptions>(name, args, ["dim", "descending"], ["stable"]);
  const { shape } = asTensor(`call ${name}()`, "the input", x), d = resolveDim(`call ${name}()`, dim, shape);
  const params = { dim: d, descending: asFlag(name, "descending", descending), k: shape[d] ?? 1 };
  const [values, indices] = runSort([x], params);
  return [values, indices];
}

/**
 * The pair [values, indices] of `x` sorted along `dim` (default: the last), equal elements in their order. Shape
 * unchanged. See {@link https://pytorch.org/docs/stable/generated/torch.sort.html}.
 *
 * @throws {RangeError} if `dim` is no dimension of `x`.
 *
 * @example
 * ```ts
 * import { sort, tensor } from "@dinograd/dinograd";
 *
 * const [values, indices] = sort(tensor([3, 1, 2]));
 * console.log(values.toArray(), indices.toArray()); // [1, 2, 3] [1, 2, 0]
 * ```
 */
export function sort(
  x: Tensor,
  ...args: Optional<SortOptions>
): [Tensor, Tensor] {
  return sorted("sort", x, args);
}

/**
 * The indices that sort `x` along `dim`; arguments as {@link sort}. See
 * {@link https://pytorch.org/docs/stable/generated/torch.argsort.html}.
 *
 * @example
 * ```ts
 * import { argsort, tensor } from "@dinograd/dinograd";
 *
 * console.log(argsort(tensor([3, 1, 2]), { descending: true }).toArray()); // [0, 2, 1]
 * ```
 */
export function argsort(
  x: Tensor,
  ...args: Optional<SortOptions>
): Tensor {
  return sorted("argsort", x, args)[1];
}

/**
 * The values of `x` sorted along dim 0. See {@link https://pytorch.org/docs/stable/generated/torch.msort.html}.
 *
 * @example
 * ```ts
 * import { msort, tensor } from "@dinograd/dinograd";
 *
 * console.log(msort(tensor([[3, 1], [2, 5]])).toArray()); // [[2, 1], [3, 5]]
 * ```
 */
export function msort(x: Tensor): Tensor {
  return sorted("msort", x, [0])[0];
}

/** Options of {@link topk}. */
export interface TopkOptions {
  /** The dimension to look along; default −1, the last. */
  dim?: number;
  /** The largest (the default) or the smallest. */
  largest?: boolean;
  /** Accepted for PyTorch's sake: they are always in order. */
  sorted?: boolean;
}

/**
 * The pair [values, indices] of the `k` largest (or smallest) elements along `dim`, in order. `dim` gets size k. See
 * {@link https://pytorch.org/docs/stable/generated/torch.topk.html}.
 *
 * @throws {RangeError} if there are fewer than `k`.
 *
 * @example
 * ```ts
 * import { tensor, topk } from "@dinograd/dinograd";
 *
 * const [values, indices] = topk(tensor([3, 1, 4, 1, 5]), 2);
 * console.log(values.toArray(), indices.toArray()); // [5, 4] [4, 2]
 * ```
 */
export function topk(
  x: Tensor,
  k: number | (TopkOptions & { k: number }),
  ...args: Optional<TopkOptions>
): [Tensor, Tensor] {
  const { k: wanted, dim = -1, largest = true, sorted: inOrder = true } = named<TopkOptions & { k: number }>(
    "topk",
    [k, ...args],
    ["k", "dim", "largest", "sorted"],
  );
  const { shape } = asTensor("call topk()", "the input", x), d = resolveDim("call topk()", dim, shape);
  const count = asCount("topk", "k", wanted), n = shape[d] ?? 1;
  asFlag("topk", "sorted", inOrder);
  if (count > n) {
    throw new RangeError(
      `Cannot call topk() with k ${count} on ${show(shape)}: there are ${n} along dim ${d}`,
    );
  }
  // a 0-d tensor stays one, as in PyTorch
  const params = {
    dim: d,
    descending: asFlag("topk", "largest", largest),
    k: shape.length === 0 ? 1 : count,
  };
  const [values, indices] = runTopk([x], params);
  return [values, indices];
}
