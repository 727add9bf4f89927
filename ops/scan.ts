/** Running sums, products and extremes along a dimension. */
import { named } from "../lib/arguments.ts";
import { asDType, type DType, isFloat, type TypedArray } from "../lib/dtype.ts";
import { elementsOf, linesOf } from "../lib/lines.ts";
import { defineMultiOp, defineOp, type OpDefinition } from "../lib/op.ts";
import { resolveDim } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

/** Options of the running sum and product. */
export interface ScanOptions {
  /** The dimension to run along. */
  dim?: number;
  /** Convert to this dtype first. */
  dtype?: DType | null;
}

/** The dimension to run along, from its end if `reverse`. */
interface ScanParams {
  readonly dim: number;
  readonly reverse?: boolean;
}

/**
 * One block of a scan: `n` rows of `inner` elements, the first at `at`, `step` apart. `state` has a number per column,
 * in double precision; it comes zeroed. Where there is one column, its number is better held in a variable, which is
 * three times faster.
 */
type Walk = (state: Float64Array, at: number, step: number, n: number, inner: number) => void;

function scan(x: Tensor, { dim, reverse = false }: ScanParams, walk: Walk): void {
  const { outer, n, inner } = linesOf(x.shape, dim), state = new Float64Array(inner);
  for (let i = 0; i < outer; i++) {
    state.fill(0);
    walk(state, (i * n + (reverse ? n - 1 : 0)) * inner, reverse ? -inner : inner, n, inner);
  }
}

/** Defines a scan of one input: `kernel` writes y as it walks over x. */
function defineScan(
  name: string,
  kernel: (x: TypedArray, y: TypedArray) => Walk,
  rest: Pick<OpDefinition<ScanParams>, "grad" | "keeps" | "linear">,
): (inputs: readonly Tensor[], params: ScanParams) => Tensor {
  return defineOp<ScanParams>({
    name,
    forward: ([x], params) => {
      const y = empty(x.shape, x.dtype);
      scan(x, params, kernel(elementsOf(x), elementsOf(y)));
      return y;
    },
    ...rest,
  });
}

/** Reads the arguments of a scan; a 0-d tensor is run along as if it had one dimension. */
function scanned(
  name: string,
  x: Tensor,
  args: readonly unknown[],
  run: (x: Tensor, params: ScanParams) => Tensor,
): Tensor {
  const { dim, dtype } = named<ScanOptions>(name, args, ["dim"], ["dtype"]), action = `call ${name}()`;
  const { shape } = asTensor(action, "the input", x), d = resolveDim(action, dim, shape);
  const wanted = dtype ? asDType(action, dtype) : isFloat(x.dtype) ? x.dtype : "int32";
  if (wanted === "bool") throw new TypeError(`Cannot ${action} with dtype bool: it must be one of numbers`);
  if (shape.length === 0) return run(x.to(wanted).reshape([1]), { dim: d }).reshape([]);
  return run(x.to(wanted), { dim: d });
}

const runCumsum = defineScan(
  "cumsum",
  (x, y) => (sum, at, step, n, inner) => {
    if (inner === 1) {
      for (let k = 0, total = 0; k < n; k++, at += step) y[at] = total += x[at];
      return;
    }
    for (let k = 0; k < n; k++, at += step) {
      for (let j = 0; j < inner; j++) y[at + j] = sum[j] += x[at + j];
    }
  },
  {
    linear: true,
    keeps: "nothing",
    grad: [(g, _inputs, _y, { dim, reverse }) => runCumsum([g], { dim, reverse: !reverse })],
  },
);

/**
 * The running sum along `dim`: y_k = x_0 + ... + x_k. Shape unchanged; integers and bools sum to int32. See
 * {@link https://pytorch.org/docs/stable/generated/torch.cumsum.html}.
 *
 * @throws {RangeError} if `dim` is no dimension of `x`.
 *
 * @example
 * ```ts
 * import { cumsum, tensor } from "@dinograd/dinograd";
 *
 * console.log(cumsum(tensor([1, 2, 3]), 0).toArray()); // [1, 3, 6]
 * ```
 */
export function cumsum(x: Tensor, dim: number | ScanOptions, options?: ScanOptions): Tensor {
  return scanned("cumsum", x, [dim, options], (input, params) => runCumsum([input], params));
}

/**
 * The linear recurrence y_k = b_k + a_k · y_{k−1} of the inputs a and b, from y_0 = b_0 on. Its gradients are
 * recurrences in the other direction, so that it serves as gradient of scans to any order.
 */
const runRecurrence: (inputs: readonly Tensor[], params: ScanParams) => Tensor = defineOp<ScanParams>({
  name: "recurrence",
  forward: ([a, b], params) => {
    const y = empty(b.shape, b.dtype), factors = elementsOf(a), terms = elementsOf(b), out = elementsOf(y);
    scan(b, params, (last, at, step, n, inner) => {
      if (n === 0) return;
      if (inner === 1) {
        let y = out[at] = terms[at];
        for (let k = 1; k < n; k++) {
          at += step;
          out[at] = y = terms[at] + factors[at] * y;
        }
        return;
      }
      for (let j = 0; j < inner; j++) out[at + j] = last[j] = terms[at + j];
      for (let k = 1; k < n; k++) {
        at += step;
        for (let j = 0; j < inner; j++) out[at + j] = last[j] = terms[at + j] + factors[at + j] * last[j];
      }
    });
    return y;
  },
  keeps: "both",
  // db = h with h_k = g_k + a_{k+1} · h_{k+1}, and da_k = h_k · y_{k−1}
  grad: [
    (g, [a], y, params) => fromBehind(g, a, params).mul(shifted(y, params, 1, 0)),
    (g, [a], _y, params) => fromBehind(g, a, params),
  ],
});

/** h_k = g_k + a_{k+1} · h_{k+1}: what arrives at each step from all that come after it. */
function fromBehind(g: Tensor, a: Tensor, params: ScanParams): Tensor {
  return runRecurrence([shifted(a, params, -1, 0), g], { dim: params.dim, reverse: !params.reverse });
}

/** `x` moved by one step in the direction of the scan (1) or against it (−1); `fill` follows. */
function shifted(x: Tensor, { dim, reverse = false }: ScanParams, by: 1 | -1, fill: number): Tensor {
  if (x.shape[dim] === 0) return x;
  const later = new Array<number>(2 * (x.shape.length - 1 - dim)).fill(0), front = reverse ? -by : by;
  return x.constantPadNd([...later, front, -front], fill);
}

const runCumprod = defineScan(
  "cumprod",
  (x, y) => (product, at, step, n, inner) => {
    if (inner === 1) {
      for (let k = 0, total = 1; k < n; k++, at += step) y[at] = total *= x[at];
      return;
    }
    product.fill(1);
    for (let k = 0; k < n; k++, at += step) {
      for (let j = 0; j < inner; j++) y[at + j] = product[j] *= x[at + j];
    }
  },
  {
    keeps: "both",
    // dx_k = (Π_{j<k} x_j) · (g_k + Σ_{i>k} g_i Π_{k<j≤i} x_j): nothing is divided by, so zeros do no harm
    grad: [(g, [x], y, params) => shifted(y, params, 1, 1).mul(fromBehind(g, x, params))],
  },
);

/**
 * The running product along `dim`: y_k = x_0 · ... · x_k, with gradients that are right at zeros too. Shape unchanged;
 * integers and bools multiply to int32. See {@link https://pytorch.org/docs/stable/generated/torch.cumprod.html}.
 *
 * @throws {RangeError} if `dim` is no dimension of `x`.
 *
 * @example
 * ```ts
 * import { cumprod, tensor } from "@dinograd/dinograd";
 *
 * console.log(cumprod(tensor([2, 3, 4]), { dim: 0 }).toArray()); // [2, 6, 24]
 * ```
 */
export function cumprod(x: Tensor, dim: number | ScanOptions, options?: ScanOptions): Tensor {
  return scanned("cumprod", x, [dim, options], (input, params) => runCumprod([input], params));
}

/** The largest number of a float dtype, in place of infinity where that would be subtracted from itself. */
const largest = { float32: 3.4028234663852886e38, float64: Number.MAX_VALUE };

const runLogcumsumexp = defineScan(
  "logcumsumexp",
  (x, y) => (sum, at, step, n, inner) => {
    const top = new Float64Array(inner).fill(-Infinity); // y = top + log(sum)
    for (let k = 0; k < n; k++, at += step) {
      for (let j = 0; j < inner; j++) {
        const v = x[at + j];
        if (v > top[j]) {
          sum[j] = sum[j] * Math.exp(top[j] - v) + 1;
          top[j] = v;
        } else sum[j] += v === top[j] ? 1 : Math.exp(v - top[j]); // an infinity less itself would be NaN
        y[at + j] = top[j] + Math.log(sum[j]);
      }
    }
  },
  {
    keeps: "both",
    // dx_k = exp(x_k − y_k) · h_k with h_k = g_k + exp(y_k − y_{k+1}) · h_{k+1}: no exponent is above 0
    grad: [(g, [x], y, params) => {
      const bound = largest[y.dtype as keyof typeof largest], finite = y.clamp(-bound, bound);
      const decay = shifted(finite, params, 1, -Infinity).sub(finite).exp();
      return x.clamp(null, bound).sub(finite).exp().mul(fromBehind(g, decay, params));
    }],
  },
);

/**
 * The logarithm of the running sum of exponentials along `dim`, which cannot overflow. Shape unchanged. See
 * {@link https://pytorch.org/docs/stable/generated/torch.logcumsumexp.html}.
 *
 * @throws {RangeError} if `dim` is no dimension of `x`.
 *
 * @example
 * ```ts
 * import { logcumsumexp, tensor } from "@dinograd/dinograd";
 *
 * console.log(logcumsumexp(tensor([1000, 1000]), 0).toArray()); // [1000, 1000.693...]
 * ```
 */
export function logcumsumexp(x: Tensor, dim: number | { dim: number }): Tensor {
  const input = asTensor("call logcumsumexp()", "the input", x);
  return scanned(
    "logcumsumexp",
    isFloat(input.dtype) ? input : input.float(),
    [dim],
    (floats, params) => runLogcumsumexp([floats], params),
  );
}

function defineExtreme(name: "cummax" | "cummin") {
  const sign = name === "cummax" ? 1 : -1;
  return defineMultiOp<ScanParams>({
    name,
    forward: ([x], params) => {
      const values = empty(x.shape, x.dtype), indices = empty(x.shape, "int32");
      const from = elementsOf(x), to = elementsOf(values), places = elementsOf(indices);
      const where = new Int32Array(linesOf(x.shape, params.dim).inner);
      scan(x, params, (best, at, step, n, inner) => {
        if (inner === 1) {
          for (let k = 0, top = -Infinity, place = 0, value = 0; k < n; k++, at += step) {
            const v = from[at];
            if (v !== v || sign * v >= top) { // NaN stays, as nothing compares with it
              top = sign * v;
              value = v;
              place = k;
            }
            to[at] = value;
            places[at] = place;
          }
          return;
        }
        best.fill(-sign * Infinity);
        for (let k = 0; k < n; k++, at += step) {
          for (let j = 0; j < inner; j++) {
            const v = from[at + j];
            if (v !== v || sign * v >= sign * best[j]) {
              best[j] = v;
              where[j] = k;
            }
            to[at + j] = best[j];
            places[at + j] = where[j];
          }
        }
      });
      return [values, indices];
    },
    keeps: "output",
    grad: ([g], [x], [, indices], { dim }) => [g && g.newZeros(x.shape).scatterAdd(dim, indices, g)],
  });
}

const runCummax = defineExtreme("cummax"), runCummin = defineExtreme("cummin");

function runningExtreme(
  run: typeof runCummax,
  name: string,
  x: Tensor,
  args: readonly unknown[],
): [Tensor, Tensor] {
  const { dim } = named<{ dim: number }>(name, args, ["dim"]);
  const { shape } = asTensor(`call ${name}()`, "the input", x);
  const [values, indices] = run([x], { dim: resolveDim(`call ${name}()`, dim, shape) });
  return [values, indices];
}

/**
 * The pair [values, indices] of the largest element so far along `dim`, the last one of equals; NaN counts as largest.
 * Shapes unchanged. See {@link https://pytorch.org/docs/stable/generated/torch.cummax.html}.
 *
 * @throws {RangeError} if `dim` is no dimension of `x`.
 *
 * @example
 * ```ts
 * import { cummax, tensor } from "@dinograd/dinograd";
 *
 * const [values, indices] = cummax(tensor([1, 3, 2, 3]), 0);
 * console.log(values.toArray(), indices.toArray()); // [1, 3, 3, 3] [0, 1, 1, 3]
 * ```
 */
export function cummax(x: Tensor, dim: number | { dim: number }): [Tensor, Tensor] {
  return runningExtreme(runCummax, "cummax", x, [dim]);
}

/**
 * The pair [values, indices] of the smallest element so far along `dim`; as {@link cummax}.
 *
 * @example
 * ```ts
 * import { cummin, tensor } from "@dinograd/dinograd";
 *
 * console.log(cummin(tensor([3, 1, 2]), 0)[0].toArray()); // [3, 1, 1]
 * ```
 */
export function cummin(x: Tensor, dim: number | { dim: number }): [Tensor, Tensor] {
  return runningExtreme(runCummin, "cummin", x, [dim]);
}
