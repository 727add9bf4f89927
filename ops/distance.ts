/** Distances and angles between rows: of two tensors row by row, or of all pairs. */
import { asChoice, asFlag, asNumber, named, type Optional } from "../lib/arguments.ts";
import { contract } from "../lib/contract.ts";
import { isFloat, promote } from "../lib/dtype.ts";
import { ShapeError } from "../lib/errors.ts";
import { type Algebra, type Expr, express, type Formula } from "../lib/formula.ts";
import { atLeast } from "../lib/loss.ts";
import { mode } from "../lib/node.ts";
import { defineOp } from "../lib/op.ts";
import { type Pointwise, pointwise } from "../lib/pointwise.ts";
import { broadcastShapes, resolveDim, show } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

/** Σ (a / p) (b / q) along `dim`, where the lengths p and q have size 1, in one pass. */
const cosine = defineOp<{ dim: number }>({
  name: "cosine",
  forward: (inputs, { dim }) => contract(unitProduct, inputs.map((x) => x.contiguous()), dim, "sum"),
  keeps: "both",
  grad: [
    (g, [, b, p, q], _y, { dim }) => b.mul(g.unsqueeze(dim).div(p.mul(q))),
    (g, [a, , p, q], _y, { dim }) => a.mul(g.unsqueeze(dim).div(p.mul(q))),
    (g, [, , p], y, { dim }) => g.mul(y).unsqueeze(dim).div(p).neg(),
    (g, [, , , q], y, { dim }) => g.mul(y).unsqueeze(dim).div(q).neg(),
  ],
  meaning: ([a, b, p, q], { dim }) => a.div(p).mul(b.div(q)).sum(dim),
});

const unitProduct = express((k, a, b, p, q) => k.mul(k.div(a, p), k.div(b, q)), 4);

/** Options of {@link cosineSimilarity}. */
export interface CosineSimilarityOptions {
  /** The dimension of the vectors; default 1. */
  dim?: number;
  /** The least length divided by; default 1e-8. */
  eps?: number;
}

/**
 * The cosine of the angle between vectors along `dim`, x1 · x2 / (max(‖x1‖, eps) max(‖x2‖, eps)); the other dimensions
 * broadcast. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html}.
 *
 * @example
 * ```ts
 * import { cosineSimilarity, tensor } from "@dinograd/dinograd";
 *
 * console.log(cosineSimilarity(tensor([[1, 0], [3, 4]]), tensor([[0, 2], [6, 8]])).toArray()); // [0, 1]
 * ```
 */
export function cosineSimilarity(
  x1: Tensor,
  x2: Tensor,
  ...options: Optional<CosineSimilarityOptions>
): Tensor {
  const name = "cosineSimilarity";
  const { dim = 1, eps = 1e-8 } = named<CosineSimilarityOptions>(name, options, ["dim", "eps"]);
  const [a, b] = pair(name, x1, x2), least = asNumber(name, "eps", eps);
  const shape = broadcastShapes("take cosineSimilarity of", a.shape, b.shape);
  const d = resolveDim(`take ${name}`, dim, shape), wide = shape.length === 0 ? [1] : shape;
  const p = a.expand(wide), q = b.expand(wide), length = (x: Tensor) => atLeast(x.norm(2, d, true), least);
  return cosine([p, q, length(p), length(q)], { dim: d });
}

/** Two tensors of their common dtype, which must be a float. */
function pair(name: string, x1: unknown, x2: unknown): [Tensor, Tensor] {
  const a = asTensor(`take ${name}`, "x1", x1), b = asTensor(`take ${name}`, "x2", x2);
  const dtype = promote(a.dtype, b.dtype);
  if (isFloat(dtype)) return [a.to(dtype), b.to(dtype)];
  throw new TypeError(`Cannot take ${name} of dtype ${dtype}: it must be a float dtype; use .float()`);
}

const difference = pointwise("difference", (k, a, b, eps) => k.add(k.sub(a, b), eps), {
  verb: "take pairwiseDistance of",
  params: 1,
});

/** Options of {@link pairwiseDistance}. */
export interface PairwiseDistanceOptions {
  /** The norm; default 2. */
  p?: number;
  /** Added to differences, which so are seldom all 0; default 1e-6. */
  eps?: number;
  /** Keep the last dimension with size 1; default false. */
  keepdim?: boolean;
}

/**
 * The distances ‖x1 − x2 + eps‖ₚ of vectors along the last dimension; shapes broadcast. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.pairwise_distance.html}.
 *
 * @example
 * ```ts
 * import { pairwiseDistance, tensor } from "@dinograd/dinograd";
 *
 * console.log(pairwiseDistance(tensor([[3, 4], [1, 1]]), tensor([0, 0]), { p: 1, eps: 0 }).toArray()); // [7, 2]
 * ```
 */
export function pairwiseDistance(
  x1: Tensor,
  x2: Tensor,
  ...options: Optional<PairwiseDistanceOptions>
): Tensor {
  const name = "pairwiseDistance", order = ["p", "eps", "keepdim"] as const;
  const { p = 2, eps = 1e-6, keepdim = false } = named<PairwiseDistanceOptions>(name, options, order);
  const [a, b] = pair(name, x1, x2), away = difference.apply([a, b, asNumber(name, "eps", eps)]) as Tensor;
  return away.norm(asNumber(name, "p", p), -1, asFlag(name, "keepdim", keepdim));
}

/**
 * The norm ‖x − other‖ₚ over all elements; shapes broadcast. See
 * {@link https://pytorch.org/docs/stable/generated/torch.dist.html}.
 *
 * @example
 * ```ts
 * import { dist, tensor } from "@dinograd/dinograd";
 *
 * console.log(dist(tensor([1, 2]), tensor([4, 6])).item()); // 5
 * ```
 */
export function dist(x: Tensor, other: Tensor, ...options: Optional<{ p?: number }>): Tensor {
  const { p = 2 } = named<{ p?: number }>("dist", options, ["p"]);
  const [a, b] = pair("dist", x, other);
  return a.sub(b).norm(asNumber("dist", "p", p));
}

/** A norm of differences d = a − b, for the kernels of {@link cdist}. Formulas have p for their last argument. */
interface Norm {
  /** What a coordinate adds, and how to combine it: the norm but for its root. */
  readonly term: Expr;
  readonly combine: "sum" | "max";
  /** The gradient of a coordinate of a from g and the distance y; that of b is what a's is with the two swapped. */
  readonly slope: Pointwise;
}

function norm(name: string, combine: "sum" | "max", term: Formula, slope: Formula): Norm {
  return { term: express(term, 3), combine, slope: pointwise(`${name}NormSlope`, slope, { params: 1 }) };
}

/** −1, 0 or 1. */
function sign<V, M>(k: Algebra<V, M>, x: V): V {
  const zero = k.constant(0);
  return k.sub(k.number(k.lt(zero, x)), k.number(k.lt(x, zero)));
}

// Slopes are 0 where distances are, as in PyTorch; all coordinates that are largest get the whole gradient.
const sumNorm = norm(
  "sum",
  "sum",
  (k, a, b) => k.abs(k.sub(a, b)),
  (k, a, b, g, _y, _p) => k.mul(g, sign(k, k.sub(a, b))),
);
const euclideanNorm = norm("euclidean", "sum", (k, a, b) => {
  const d = k.sub(a, b);
  return k.mul(d, d);
}, (k, a, b, g, y, _p) => k.select(k.eq(y, k.constant(0)), k.constant(0), k.div(k.mul(g, k.sub(a, b)), y)));
const largestNorm = norm("largest", "max", (k, a, b) => k.abs(k.sub(a, b)), (k, a, b, g, y, _p) => {
  const d = k.sub(a, b);
  return k.select(k.eq(k.abs(d), y), k.mul(g, sign(k, d)), k.constant(0));
});
// (Σ |d|ᵖ)^1/p: g sign(d) (|d| / y)^(p − 1)
const powerNorm = norm("power", "sum", (k, a, b, p) => k.pow(k.abs(k.sub(a, b)), p), (k, a, b, g, y, p) => {
  const d = k.sub(a, b), zero = k.constant(0), ratio = k.div(k.abs(d), y);
  const slope = k.mul(k.mul(g, sign(k, d)), k.pow(ratio, k.sub(p, k.constant(1))));
  return k.select(k.or(k.eq(d, zero), k.eq(y, zero)), zero, slope);
});
/** How many coordinates differ; a gradient there is none. */
const countNorm = norm(
  "count",
  "sum",
  (k, a, b) => k.number(k.not(k.eq(a, b))),
  (k, _a, _b, g, _y, _p) => k.mul(g, k.constant(0)),
);

function normOf(p: number): Norm {
  if (p === 0) return countNorm;
  return p === 1 ? sumNorm : p === 2 ? euclideanNorm : p === Infinity ? largestNorm : powerNorm;
}

/** Rows this long are walked along, shorter ones side by side. */
const LONG = 16;

/** The p of the norm, and whether distances are to be had from a matrix product. */
interface Metric {
  readonly p: number;
  readonly product: boolean;
}

/** All distances between rows of a [..., P, M] and b [..., R, M]: [..., P, R]. */
const distances = defineOp<Metric>({
  name: "cdist",
  forward: ([a, b], { p, product }) => {
    const long = a.shape[a.ndim - 1] >= LONG, { term, combine } = normOf(p);
    const from = a.contiguous(), to = long || product ? b.contiguous() : acrossRows(b);
    if (a.shape[a.ndim - 1] === 0) return a.newZeros([...a.shape.slice(0, -1), b.shape[b.ndim - 2]]);
    if (product) return euclideanByProduct(from, to);
    const y = contract(term, [from.unsqueeze(-2), to.unsqueeze(-3), p], a.ndim, combine);
    return p === 2 ? y.sqrt_() : normOf(p) === powerNorm ? y.pow_(1 / p) : y;
  },
  keeps: "both",
  grad: [
    (g, [a, b], y, metric) => pull(g, a, b, y, metric),
    (g, [a, b], y, metric) => pull(turned(g), b, a, turned(y), metric),
  ],
  meaning: ([a, b], { p }) => {
    const d = a.unsqueeze(-2).sub(b.unsqueeze(-3)).abs();
    if (p === 0) return d.ne(0).to(d.dtype).sum(-1);
    return p === Infinity ? d.amax(-1) : d.pow(p).sum(-1).pow(1 / p);
  },
});

function turned(x: Tensor): Tensor {
  return x.transpose(-2, -1);
}

/** The same numbers, laid out so that rows are neighbours and not the elements of one. */
function acrossRows(x: Tensor): Tensor {
  return turned(turned(x).contiguous());
}

/** The gradient of a row of a: Σ over the rows of b of the norm's slopes. */
function pull(g: Tensor, a: Tensor, b: Tensor, y: Tensor, { p, product }: Metric): Tensor {
  if (product) {
    // Σⱼ g[i, j] (a[i] − b[j]) / y[i, j], which no shift of both changes: near 0 least is lost to cancellation
    const origin = center(b), w = ratio.apply([g, y]) as Tensor;
    return a.sub(origin).mul(w.sum(-1, true)).sub(w.matmul(b.sub(origin)));
  }
  const { slope } = normOf(p),
    apart = (rows: Tensor, others: Tensor, h: Tensor, d: Tensor) =>
      [rows.unsqueeze(-2), others.unsqueeze(-3), h.unsqueeze(-1), d.unsqueeze(-1), p] as const;
  if (mode.recording) return (slope.apply(apart(a, b, g, y)) as Tensor).sum(-2); // to be differentiated again
  const long = a.shape[a.ndim - 1] >= LONG;
  const inputs = long
    ? apart(a.contiguous(), b.contiguous(), g, y)
    : apart(a, acrossRows(b), g.contiguous(), y.contiguous());
  return contract(slope.root, inputs, a.ndim - 1, "sum");
}

const ratio = pointwise(
  "ratioOrZero",
  (k, g, y) => k.select(k.eq(y, k.constant(0)), k.constant(0), k.div(g, y)),
);

/** The mean row, as a constant; 0 where it is not finite. */
function center(x: Tensor): Tensor {
  const mean = x.detach().mean(-2, true);
  return mean.where(mean.isfinite(), mean.newZeros([]));
}

/** √(p + q − 2 a · b), or NaN where what is left of the sum has lost two digits or more. */
const rootOfSquare = pointwise("rootOfSquare", (k, product, p, q) => {
  const both = k.add(p, q), square = k.sub(both, k.mul(k.constant(2), product));
  return k.select(k.lt(k.mul(k.constant(0.01), both), square), k.sqrt(square), k.constant(NaN));
}, { gradient: [false, false, false] });

/** ‖a − b‖² = ‖a‖² + ‖b‖² − 2 a · b, with the rows of b centered at 0; what cancels is summed up directly. */
function euclideanByProduct(a: Tensor, b: Tensor): Tensor {
  const origin = center(b), p = a.sub(origin), q = b.sub(origin), lengths = (x: Tensor) => x.mul(x).sum(-1);
  const products = p.matmul(turned(q)), squares = [lengths(p).unsqueeze(-1), lengths(q).unsqueeze(-2)];
  const y = rootOfSquare.applyInto(products, [products, ...squares]), out = y.storage.view(y.dtype);
  const from = a.storage.view(a.dtype), to = b.storage.view(b.dtype), size = a.shape[a.ndim - 1];
  const rows = a.shape[a.ndim - 2], others = b.shape[b.ndim - 2], count = y.numel();
  for (let i = 0, at = y.offset; i < count; i++, at++) {
    if (out[at] === out[at]) continue;
    const row = Math.floor(i / others), batch = Math.floor(row / rows);
    const start = a.offset + row * size, other = b.offset + (batch * others + i % others) * size;
    let square = 0;
    for (let k = 0; k < size; k++) {
      const d = from[start + k] - to[other + k];
      square += d * d;
    }
    out[at] = Math.sqrt(square);
  }
  return y;
}

/** How distances may be computed; see {@link cdist}. */
export type ComputeMode =
  | "use_mm_for_euclid_dist_if_necessary"
  | "use_mm_for_euclid_dist"
  | "donot_use_mm_for_euclid_dist";

/** Options of {@link cdist}. */
export interface CdistOptions {
  /** The norm, from 0 (how many coordinates differ) to Infinity; default 2. */
  p?: number;
  /** Whether to use a matrix product for p = 2; default: for more than 25 rows. */
  computeMode?: ComputeMode | null;
}

/**
 * The distances ‖a − b‖ₚ of all pairs of rows of x1 [..., P, M] and x2 [..., R, M]: [..., P, R]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.cdist.html}.
 *
 * @throws {ShapeError} if rows differ in length, or a tensor has fewer than 2 dimensions.
 *
 * @example
 * ```ts
 * import { cdist, tensor } from "@dinograd/dinograd";
 *
 * console.log(cdist(tensor([[0, 0], [3, 0]]), tensor([[0, 4]])).toArray()); // [[4], [5]]
 * ```
 */
export function cdist(x1: Tensor, x2: Tensor, ...options: Optional<CdistOptions>): Tensor {
  const { p = 2, computeMode } = named<CdistOptions>("cdist", options, ["p", "computeMode"]);
  const [a, b] = pair("cdist", x1, x2), metric = asNorm("cdist", p);
  const [auto, always, never] = [
    "use_mm_for_euclid_dist_if_necessary",
    "use_mm_for_euclid_dist",
    "donot_use_mm_for_euclid_dist",
  ] as const;
  const how = asChoice("cdist", "computeMode", computeMode ?? auto, [auto, always, never]);
  if (a.ndim < 2 || b.ndim < 2 || a.shape[a.ndim - 1] !== b.shape[b.ndim - 1]) {
    throw new ShapeError(
      `Cannot take cdist of ${show(a.shape)} and ${show(b.shape)}: they must be [..., P, M] and [..., R, M]`,
    );
  }
  const batch = broadcastShapes("take cdist of batches", a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [rows, size] = a.shape.slice(-2), [others] = b.shape.slice(-2);
  const product = metric === 2 &&
    (how === always || (how === auto && Math.max(rows, others) > 25 && size >= LONG));
  return distances([a.expand([...batch, rows, size]), b.expand([...batch, others, size])], {
    p: metric,
    product,
  });
}

function asNorm(name: string, p: unknown): number {
  const power = asNumber(name, "p", p);
  if (power >= 0) return power;
  throw new RangeError(`Cannot take ${name} with p ${p}: it must be from 0 to Infinity`);
}

/** What is above the diagonal of x [N, N], row after row: [N (N − 1) / 2]. */
const above: (inputs: readonly Tensor[]) => Tensor = defineOp({
  name: "aboveDiagonal",
  linear: true,
  forward: ([x]) => {
    const n = x.shape[0], y = empty([n * (n - 1) / 2], x.dtype), from = x.contiguous();
    const out = y.storage.view(y.dtype), values = from.storage.view(x.dtype);
    for (let i = 0, k = y.offset; i < n; k += n - ++i) {
      const row = from.offset + i * n;
      out.set(values.subarray(row + i + 1, row + n), k);
    }
    return y;
  },
  keeps: "nothing",
  grad: [(g, [x]) => mirrored([g], { n: x.shape[0] }).triu()],
});

/** The symmetric matrix [n, n] with x above its diagonal, and zeros on it. */
const mirrored = defineOp<{ n: number }>({
  name: "mirrored",
  linear: true,
  forward: ([x], { n }) => {
    const y = x.newZeros([n, n]), from = x.contiguous();
    const out = y.storage.view(y.dtype), values = from.storage.view(x.dtype);
    for (let i = 0, k = from.offset; i < n; i++) {
      for (let j = i + 1; j < n; j++) out[y.offset + i * n + j] = out[y.offset + j * n + i] = values[k++];
    }
    return y;
  },
  keeps: "nothing",
  grad: [(g) => above([g.add(turned(g))])],
});

const rowDistances = defineOp<Metric>({
  name: "pdist",
  forward: ([x], metric) => above([distances([x, x], metric)]),
  keeps: "both",
  // a pair's distance is that of its first row to the second, and of the second to the first
  grad: [(g, [x], y, metric) => {
    const n = x.shape[0];
    return pull(mirrored([g], { n }), x, x, mirrored([y], { n }), metric);
  }],
});

/**
 * The distances of each row of x [N, M] to those after it, in order: [N (N − 1) / 2]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.pdist.html}.
 *
 * @throws {ShapeError} if x does not have 2 dimensions.
 *
 * @example
 * ```ts
 * import { pdist, tensor } from "@dinograd/dinograd";
 *
 * console.log(pdist(tensor([[0, 0], [3, 0], [0, 4]])).toArray()); // [3, 4, 5]
 * ```
 */
export function pdist(x: Tensor, ...options: Optional<{ p?: number }>): Tensor {
  const { p = 2 } = named<{ p?: number }>("pdist", options, ["p"]);
  const [input] = pair("pdist", x, x), metric = asNorm("pdist", p);
  if (input.ndim !== 2) throw new ShapeError(`Cannot take pdist of ${show(input.shape)}: it must be [N, M]`);
  const [n, size] = input.shape;
  return rowDistances([input], { p: metric, product: metric === 2 && n > 25 && size >= LONG });
}
