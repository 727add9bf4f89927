/** Differences and sums along a dimension that stands for space or time: slopes and integrals. */
import { asCount, asNumber, named, type Optional } from "../lib/arguments.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { joinAlong, listOf } from "../lib/join.ts";
import { pointwise } from "../lib/pointwise.ts";
import { type Dims, resolveDim, resolveDims, show } from "../lib/shape.ts";
import { asTensor, Tensor } from "../lib/tensor.ts";

/** Options of {@link trapezoid}. */
export interface TrapezoidOptions {
  /** Where the values were taken: [N], or anything that broadcasts to their shape. */
  x?: Tensor | null;
  /** Their distance, if it is always the same; default 1. */
  dx?: number;
  /** The dimension to integrate along; default the last. */
  dim?: number;
}

/** What (y[i] + y[i + 1]) / 2 is to be multiplied by. */
interface Samples {
  readonly y: Tensor;
  readonly dim: number;
  readonly widths: Tensor | number;
}

/** Reads (y, x, dim), (y, dx, dim) and options. */
function samples(name: string, given: Tensor, args: readonly unknown[]): Samples {
  const order = [args[0] instanceof Tensor ? "x" : "dx", "dim"] as const;
  const byName = order[0] === "x" ? ["dx"] as const : ["x"] as const;
  const { x, dx, dim = -1 } = named<TrapezoidOptions>(name, args, order, byName);
  const y = asTensor(`call ${name}()`, "y", given), d = resolveDim(`call ${name}()`, dim, y.shape);
  if (y.ndim === 0) throw new ShapeError(`Cannot call ${name}() on a 0-d tensor: it has no dimension`);
  if (x === undefined || x === null) {
    return { y: numeric(name, y), dim: d, widths: asNumber(name, "dx", dx ?? 1) };
  }
  if (dx !== undefined) {
    throw new TypeError(`Cannot call ${name}() with both x and dx: one of them is enough`);
  }
  const places = numeric(name, asTensor(`call ${name}()`, "x", x)), ahead = Math.max(y.ndim - places.ndim, 0);
  if (places.ndim === 0) {
    throw new ShapeError(`Cannot call ${name}() with a 0-d x: it must be [N] or as y is`);
  }
  const shape = places.ndim === 1
    ? y.shape.map((_, i) => i === d ? places.shape[0] : 1)
    : [...new Array<number>(ahead).fill(1), ...places.shape];
  return { y: numeric(name, y), dim: d, widths: steps(places.reshape(shape), d) };
}

function numeric(name: string, x: Tensor): Tensor {
  if (x.dtype !== "bool") return x;
  throw new TypeError(`Cannot call ${name}() on dtype bool: it must be a number; use .int()`);
}

/** What comes after the first along `dim`, and what before the last. */
function neighbours(x: Tensor, dim: number): { after: Tensor; before: Tensor } {
  const count = Math.max(x.shape[dim] - 1, 0);
  return { after: x.narrow(dim, Math.min(x.shape[dim], 1), count), before: x.narrow(dim, 0, count) };
}

function steps(x: Tensor, dim: number): Tensor {
  const { after, before } = neighbours(x, dim);
  return x.dtype === "bool" ? after.logicalXor(before) : after.sub(before);
}

/**
 * The integral of samples y along `dim` by the trapezoid rule: Σ (y[i] + y[i + 1]) (x[i + 1] − x[i]) / 2, at places x or
 * `dx` apart; the dimension goes. See {@link https://pytorch.org/docs/stable/generated/torch.trapezoid.html}.
 *
 * @example
 * ```ts
 * import { tensor, trapezoid } from "@dinograd/dinograd";
 *
 * console.log(trapezoid(tensor([1, 2, 4])).item(), trapezoid(tensor([1, 2, 4]), tensor([0, 2, 3])).item()); // 4.5 6
 * ```
 */
export function trapezoid(
  y: Tensor,
  x?: Tensor | number | TrapezoidOptions,
  ...options: Optional<TrapezoidOptions>
): Tensor {
  const { y: given, dim, widths } = samples("trapezoid", y, [x, ...options]);
  if (given.shape[dim] === 0) return given.sum(dim);
  if (typeof widths === "number") {
    // inner samples count twice
    const ends = given.select(dim, 0).add(given.select(dim, -1));
    return given.sum(dim).sub(ends.mul(0.5)).mul(widths);
  }
  const { after, before } = neighbours(given, dim);
  return before.add(after).mul(widths).sum(dim).div(2);
}

/**
 * Another name of {@link trapezoid}.
 *
 * @example
 * ```ts
 * import { tensor, trapz } from "@dinograd/dinograd";
 *
 * console.log(trapz(tensor([1, 3]), { dx: 2 }).item()); // 4
 * ```
 */
export function trapz(
  y: Tensor,
  x?: Tensor | number | TrapezoidOptions,
  ...options: Optional<TrapezoidOptions>
): Tensor {
  return trapezoid(y, x, ...options);
}

/**
 * The integral of samples y up to each sample after the first, with the arguments of {@link trapezoid}: the dimension
 * gets shorter by 1. See {@link https://pytorch.org/docs/stable/generated/torch.cumulative_trapezoid.html}.
 *
 * @example
 * ```ts
 * import { cumulativeTrapezoid, tensor } from "@dinograd/dinograd";
 *
 * console.log(cumulativeTrapezoid(tensor([1, 3, 5])).toArray()); // [2, 6]
 * ```
 */
export function cumulativeTrapezoid(
  y: Tensor,
  x?: Tensor | number | TrapezoidOptions,
  ...options: Optional<TrapezoidOptions>
): Tensor {
  const { y: given, dim, widths } = samples("cumulativeTrapezoid", y, [x, ...options]);
  const { after, before } = neighbours(given, dim);
  return before.add(after).mul(typeof widths === "number" ? widths / 2 : widths.div(2)).cumsum(dim);
}

/** Options of {@link diff}. */
export interface DiffOptions {
  /** How often to take differences; default 1. */
  n?: number;
  /** The dimension; default the last. */
  dim?: number;
  /** What to put before x first. */
  prepend?: Tensor | null;
  /** What to put after x first. */
  append?: Tensor | null;
}

/**
 * The differences x[i + 1] − x[i] along `dim`, taken `n` times; each time makes it shorter by 1. See
 * {@link https://pytorch.org/docs/stable/generated/torch.diff.html}.
 *
 * @throws {ShapeError} if what is to be prepended or appended differs in other dimensions.
 *
 * @example
 * ```ts
 * import { diff, tensor } from "@dinograd/dinograd";
 *
 * console.log(diff(tensor([1, 4, 9])).toArray(), diff(tensor([1, 4, 9]), 2).toArray()); // [3, 5] [2]
 * ```
 */
export function diff(x: Tensor, ...options: Optional<DiffOptions>): Tensor {
  const order = ["n", "dim", "prepend", "append"] as const;
  const { n = 1, dim = -1, prepend = null, append = null } = named<DiffOptions>("diff", options, order);
  const input = asTensor("call diff()", "the input", x), times = asCount("diff", "n", n);
  if (input.ndim === 0) throw new ShapeError("Cannot call diff() on a 0-d tensor: it has no dimension");
  const d = resolveDim("call diff()", dim, input.shape);
  const part = (what: string, given: Tensor | null) => given === null ? [] : [besides(what, input, given, d)];
  const before = part("prepend", prepend), after = part("append", append);
  if (times === 0) return input.clone();
  const [first, ...rest] = [...before, input, ...after];
  let y = rest.length === 0 ? first : joinAlong(listOf("diff", [first, ...rest]), d);
  for (let i = Math.min(times, y.shape[d]); i > 0; i--) y = steps(y, d);
  return y;
}

/** Checks that `given` can be put before or after `x` along dim `d`. */
function besides(what: string, x: Tensor, given: unknown, d: number): Tensor {
  const other = asTensor("call diff()", what, given);
  if (other.ndim === x.ndim && other.shape.every((size, i) => i === d || size === x.shape[i])) return other;
  throw new ShapeError(
    `Cannot call diff() on ${show(x.shape)} with ${what} of shape ${
      show(other.shape)
    }: only dim ${d} may differ`,
  );
}

/** Options of {@link gradient}. */
export interface GradientOptions {
  /** The distance of samples: of all, of each dim, or for each dim a tensor of their places. Default 1. */
  spacing?: number | Tensor | readonly (number | Tensor)[] | null;
  /** The dimension or dimensions to go along; default: all, each on its own. */
  dim?: Dims | null;
  /** The order of accuracy at the edges, 1 (the default) or 2. */
  edgeOrder?: number;
}

/**
 * Estimates of the slopes of x along each `dim`, from neighbours on both sides: a list of tensors shaped as x. See
 * {@link https://pytorch.org/docs/stable/generated/torch.gradient.html}.
 *
 * @throws {ShapeError} if a dimension has not more than `edgeOrder` samples.
 *
 * @example
 * ```ts
 * import { gradient, tensor } from "@dinograd/dinograd";
 *
 * const [slopes] = gradient(tensor([1, 2, 4, 8]));
 * console.log(slopes.toArray()); // [1, 1.5, 3, 4]
 * ```
 */
export function gradient(x: Tensor, ...options: Optional<GradientOptions>): Tensor[] {
  // PyTorch's order differs between overloads: a first argument is always the spacing
  const { spacing = null, dim = null, edgeOrder = 1 } = named<GradientOptions>("gradient", options, [
    "spacing",
  ], [
    "dim",
    "edgeOrder",
  ]);
  const input = numeric("gradient", asTensor("call gradient()", "the input", x));
  if (edgeOrder !== 1 && edgeOrder !== 2) {
    throw new RangeError(`Cannot call gradient() with edgeOrder ${describe(edgeOrder)}: it must be 1 or 2`);
  }
  const dims = resolveDims("call gradient()", dim, input.shape), spacings = spacingsOf(spacing, dims.length);
  return dims.map((d, i) => {
    if (input.shape[d] <= edgeOrder) {
      throw new ShapeError(
        `Cannot call gradient() on ${
          show(input.shape)
        } with edgeOrder ${edgeOrder}: dim ${d} must have at least ${edgeOrder + 1} samples`,
      );
    }
    const step = spacings[i],
      { first, inner, last } = step instanceof Tensor
        ? unevenSlopes(input, d, step, edgeOrder)
        : evenSlopes(input, d, step, edgeOrder);
    return joinAlong([first, inner, last], d);
  });
}

function spacingsOf(spacing: unknown, count: number): (number | Tensor)[] {
  const list = Array.isArray(spacing) ? spacing : new Array(count).fill(spacing ?? 1);
  if (list.length !== count) {
    throw new ShapeError(
      `Cannot call gradient() with ${list.length} spacings for ${count} dims: one each is needed`,
    );
  }
  return list.map((step) => {
    if (!(step instanceof Tensor)) return asNumber("gradient", "spacing", step);
    return step.ndim === 0 ? step.item() : step;
  });
}

/** Slopes at the first place, those between, and the last. */
interface Slopes {
  readonly first: Tensor;
  readonly inner: Tensor;
  readonly last: Tensor;
}

/** a x[i] + b x[i + 1] + c x[i + 2] ..., one weight after the other from place i on, over `count` places. */
function weighted(x: Tensor, d: number, i: number, weights: readonly (number | Tensor)[], count = 1): Tensor {
  return weights.map((w, j) => x.narrow(d, i + j, count).mul(w)).reduce((a, b) => a.add(b));
}

const slope = pointwise("slopeBetween", (k, after, before, width) => k.div(k.sub(after, before), width), {
  result: "float",
  params: 1,
});

/** Slopes of samples h apart. */
function evenSlopes(x: Tensor, d: number, h: number, edgeOrder: number): Slopes {
  const n = x.shape[d], at = (i: number) => x.narrow(d, i, 1);
  const between = (after: Tensor, before: Tensor, width: number) =>
    slope.apply([after, before, width]) as Tensor;
  const inner = between(x.narrow(d, 2, n - 2), x.narrow(d, 0, n - 2), 2 * h);
  if (edgeOrder === 1) {
    return { first: between(at(1), at(0), h), inner, last: between(at(n - 1), at(n - 2), h) };
  }
  const first = weighted(x, d, 0, [-1.5, 2, -0.5]), last = weighted(x, d, n - 3, [0.5, -2, 1.5]);
  return { first: first.div(h), inner, last: last.div(h) };
}

/** Slopes of samples at the given places: of the parabola through a sample and its two neighbours. */
function unevenSlopes(x: Tensor, d: number, places: Tensor, edgeOrder: number): Slopes {
  const n = x.shape[d];
  if (places.ndim !== 1 || places.shape[0] !== n) {
    throw new ShapeError(
      `Cannot call gradient() on ${show(x.shape)} with a spacing of shape ${
        show(places.shape)
      }: for dim ${d} it must be [${n}]`,
    );
  }
  const along = x.shape.map((_, i) => i === d ? -1 : 1), h = steps(places, 0).reshape(along);
  const at = (i: number) => h.narrow(d, i < 0 ? i + n - 1 : i, 1);
  const p = h.narrow(d, 0, n - 2), q = h.narrow(d, 1, n - 2), both = p.add(q);
  const inner = weighted(
    x,
    d,
    0,
    [q.div(p.mul(both)).mul(-1), q.sub(p).div(p.mul(q)), p.div(q.mul(both))],
    n - 2,
  );
  if (edgeOrder === 1) {
    return {
      first: weighted(x, d, 0, [-1, 1]).div(at(0)),
      inner,
      last: weighted(x, d, n - 2, [-1, 1]).div(at(-1)),
    };
  }
  // the same parabola's slope at its outer sample, r from the middle one and s further from the other outer one
  const outer = (r: Tensor, s: Tensor) => {
    const whole = r.add(s);
    return [r.mul(2).add(s).div(r.mul(whole)), whole.div(r.mul(s)).mul(-1), r.div(s.mul(whole))];
  };
  const first = weighted(x, d, 0, outer(at(0), at(1)).map((w) => w.mul(-1)));
  return { first, inner, last: weighted(x, d, n - 3, outer(at(-1), at(-2)).toReversed()) };
}
