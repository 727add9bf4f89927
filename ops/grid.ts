/** Sampling images wherever a grid says. */
import { asChoice, asFlag, named } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { type Algebra, numbers } from "../lib/formula.ts";
import { asFloats } from "../lib/layer.ts";
import { pointwise } from "../lib/pointwise.ts";
import { cubicWeight } from "../lib/resampling.ts";
import { asShape, type Shape, show, sizeOf } from "../lib/shape.ts";
import { sparseMap } from "../lib/sparse_map.ts";
import type { Tensor } from "../lib/tensor.ts";

/** Options of {@link gridSample}. */
export interface GridSampleOptions {
  /** How to read between pixels; "bicubic" for images only; default "bilinear". */
  mode?: "bilinear" | "nearest" | "bicubic";
  /** What lies beyond the edge: zeros, the edge, or the mirror image; default "zeros". */
  paddingMode?: "zeros" | "border" | "reflection";
  /** Whether −1 and 1 are the centres of the corner pixels, rather than their outer edges; default false. */
  alignCorners?: boolean | null;
}

type Sampling = Required<GridSampleOptions>;

/** How many pixels of a dimension each mode reads. */
const reach = { nearest: 1, bilinear: 2, bicubic: 4 } as const;

/**
 * Reads x [n, channels, (depth,) height, width] at the positions in `grid` [n, ..., 2 or 3], where −1 and 1 are the
 * edges of x and the last dimension goes x, y, z. Returns [n, channels, ...]. Jaderberg et al., 2015. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html}.
 *
 * @throws {ShapeError} if the shapes of `x` and `grid` do not belong together.
 *
 * @example
 * ```ts
 * import { gridSample, tensor } from "@dinograd/dinograd";
 *
 * const image = tensor([[[[1, 3]]]]), grid = tensor([[[[0, 0], [0.5, 0]]]]);
 * console.log(gridSample(image, grid).toArray()); // [[[[2, 3]]]]
 * ```
 */
export function gridSample(
  x: Tensor,
  grid: Tensor | (GridSampleOptions & { grid: Tensor }),
  ...rest: (GridSampleOptions | GridSampleOptions[keyof GridSampleOptions])[]
): Tensor {
  const given = named<GridSampleOptions & { grid: Tensor }>("gridSample", [grid, ...rest], [
    "grid",
    "mode",
    "paddingMode",
    "alignCorners",
  ]);
  const input = asFloats("gridSample", x), at = asFloats("gridSample", given.grid, "grid");
  const sampling = {
    mode: asChoice("gridSample", "mode", given.mode ?? "bilinear", ["bilinear", "nearest", "bicubic"]),
    paddingMode: asChoice("gridSample", "paddingMode", given.paddingMode ?? "zeros", [
      "zeros",
      "border",
      "reflection",
    ]),
    alignCorners: asFlag("gridSample", "alignCorners", given.alignCorners ?? false),
  };
  checkGrid(input, at, sampling);
  const [n, channels, ...sizes] = input.shape, to = at.shape.slice(1, -1), count = sizeOf(to);
  const axes = sizes.map((size, d) => {
    return axisOf(at.select(-1, sizes.length - 1 - d).reshape([n, 1, count]), size, sampling);
  });
  const { weight, pixels } = axes.reduce(crossed), width = weight.shape[1];
  const y = sparseMap([input.reshape([n, channels, sizeOf(sizes), 1]), weight.reshape([n, width * count])], {
    source: pixels,
    target: Int32Array.from({ length: width * count }, (_, i) => i % count),
    size: count,
  });
  return y.reshape([n, channels, ...to]);
}

/** What each position of a grid reads along one dimension, or along several together. */
interface Axis {
  readonly size: number;
  /** [n, width, count] */
  readonly weight: Tensor;
  /** Where the weights belong, in the same order; −1 for pixels that do not exist. */
  readonly pixels: Int32Array;
}

function axisOf(coordinate: Tensor, size: number, sampling: Sampling): Axis {
  const position = positionOf(coordinate, size, sampling), width = reach[sampling.mode];
  const taps = coordinate.detach().newZeros([width, 1]);
  for (let k = 0; k < width; k++) taps.storage.view(taps.dtype)[taps.offset + k] = k;
  const weight = weights[sampling.mode].apply([position, taps]) as Tensor;
  return { size, weight, pixels: pixelsAt(position, size, sampling) };
}

/** Two axes as one: all pairs of a pixel of each. */
function crossed(a: Axis, b: Axis): Axis {
  const [n, across, count] = a.weight.shape, along = b.weight.shape[1];
  const weight = a.weight.unsqueeze(2).mul(b.weight.unsqueeze(1)).reshape([n, across * along, count]);
  const pixels = new Int32Array(n * across * along * count);
  for (let row = 0, i = 0; row < n * across; row++) {
    for (let k = 0; k < along; k++) {
      const p = row * count, q = (Math.floor(row / across) * along + k) * count;
      for (let j = 0; j < count; j++) {
        const y = a.pixels[p + j], x = b.pixels[q + j];
        pixels[i++] = (y | x) < 0 ? -1 : y * b.size + x;
      }
    }
  }
  return { size: a.size * b.size, weight, pixels };
}

function checkGrid(x: Tensor, grid: Tensor, { mode }: Sampling): void {
  const what = `Cannot call gridSample() on ${show(x.shape)} with a grid of shape ${show(grid.shape)}`;
  const rank = x.shape.length - 2;
  if (rank !== 2 && rank !== 3) throw new ShapeError(`${what}: x must have 4 or 5 dimensions`);
  if (mode === "bicubic" && rank === 3) {
    throw new ShapeError(`${what}: mode "bicubic" takes 4 dimensions only`);
  }
  if (grid.dtype !== x.dtype) {
    throw new TypeError(`${what}: their dtypes, ${x.dtype} and ${grid.dtype}, must be equal`);
  }
  if (grid.shape.length !== rank + 2 || grid.shape[0] !== x.shape[0] || grid.shape[rank + 1] !== rank) {
    throw new ShapeError(
      `${what}: the grid must be [${x.shape[0]}, ${rank === 3 ? "d, " : ""}h, w, ${rank}]`,
    );
  }
  if (sizeOf(x.shape.slice(2)) === 0) throw new ShapeError(`${what}: x has no pixels`);
}

const reflected = pointwise("gridReflection", (k, x, low, span) => mirror(k, x, low, span), { params: 2 });

/** x folded back and forth between `low` and `low + span`. */
function mirror<V, M>(k: Algebra<V, M>, x: V, low: V, span: V): V {
  const d = k.abs(k.sub(x, low)), turns = k.floor(k.div(d, span)), rest = k.sub(d, k.mul(turns, span));
  const half = k.div(turns, k.constant(2)), isBack = k.lt(k.floor(half), half);
  return k.add(low, k.select(isBack, k.sub(span, rest), rest));
}

const held = pointwise("gridBorder", (k, x, top) => hold(k, x, top), {
  params: 1,
  // 0 beyond the edges and on them
  gradient: [(k, g, _y, x, top) => k.select(k.and(k.lt(k.constant(0), x), k.lt(x, top)), g, k.constant(0))],
});

/** x between 0 and `top`; NaN becomes 0. */
function hold<V, M>(k: Algebra<V, M>, x: V, top: V): V {
  return k.select(k.lt(k.constant(0), x), k.min(x, top), k.constant(0));
}

/** Where pixels are mirrored: at the centres of the last ones, or at their outer edges. */
function mirrorsOf(size: number, alignCorners: unknown): [low: number, span: number] {
  return alignCorners ? [0, size - 1] : [-0.5, size];
}

/** Positions in pixels for coordinates of the grid. */
function positionOf(coordinate: Tensor, size: number, { mode, paddingMode, alignCorners }: Sampling): Tensor {
  // −1 … 1 to 0 … size − 1 or, with the outer edges, −½ … size − ½; each step rounds, as in PyTorch
  const x = coordinate.add(1).mul((alignCorners ? size - 1 : size) / 2).sub(alignCorners ? 0 : 0.5);
  if (mode === "bicubic" || paddingMode === "zeros") return x; // bicubic pads pixel by pixel
  const [low, span] = mirrorsOf(size, alignCorners);
  const inside = paddingMode === "reflection" && span > 0 ? reflected.apply([x, low, span]) as Tensor : x;
  return held.apply([inside, size - 1]) as Tensor;
}

/** The weight of pixel 0, 1 ... of those around position x. The nearest one weighs 1, whose gradient is 0. */
const weights = {
  nearest: pointwise(
    "gridNearest",
    (k, x, pixel) => k.add(k.mul(k.constant(0), pixel), k.number(k.eq(x, x))),
  ),
  // the distance from the other one
  bilinear: pointwise("gridLinear", (k, x, pixel) => {
    const past = k.sub(x, k.floor(x));
    return k.select(k.truth(pixel), past, k.sub(k.constant(1), past));
  }, { gradient: [null, false] }),
  bicubic: pointwise("gridCubic", (k, x, pixel) => {
    const past = k.sub(x, k.floor(x));
    return cubicWeight(k, k.abs(k.sub(k.add(past, k.constant(1)), pixel)));
  }, { gradient: [null, false] }),
};

/** The pixels around each position, [n, width, count]; −1 for those that do not exist. */
function pixelsAt(position: Tensor, size: number, { mode, paddingMode, alignCorners }: Sampling): Int32Array {
  const x = position.detach(), [n, , count] = x.shape, width = reach[mode];
  const first = (mode === "nearest" ? x.round() : x.floor()).toTypedArray(), before = width === 4 ? 1 : 0;
  const [low, span] = mirrorsOf(size, alignCorners), pads = width === 4 && paddingMode !== "zeros";
  const pixels = new Int32Array(n * width * count);
  for (let b = 0, i = 0; b < n; b++) {
    for (let k = 0; k < width; k++) {
      for (let j = 0; j < count; j++) {
        let at = first[b * count + j] + k - before;
        if (pads) {
          if (paddingMode === "reflection" && span > 0) at = mirror(numbers, at, low, span);
          at = hold(numbers, at, size - 1);
        }
        pixels[i++] = at >= 0 && at < size ? at : -1;
      }
    }
  }
  return pixels;
}

/** Options of {@link affineGrid}. */
export interface AffineGridOptions {
  /** The shape of what is to be sampled: [n, channels, (depth,) height, width]. */
  size?: Shape;
  /** Whether −1 and 1 are the centres of the corner pixels, rather than their outer edges; default false. */
  alignCorners?: boolean | null;
}

/**
 * The grid for {@link gridSample} that moves an image by the affine maps `theta` [n, 2, 3], or [n, 3, 4] for three
 * dimensions. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html}.
 *
 * @throws {ShapeError} if `theta` and `size` do not belong together.
 *
 * @example
 * ```ts
 * import { affineGrid, tensor } from "@dinograd/dinograd";
 *
 * const mirror = tensor([[[-1, 0, 0], [0, 1, 0]]]);
 * console.log(affineGrid(mirror, [1, 1, 1, 2]).toArray()); // [[[[0.5, 0], [-0.5, 0]]]]
 * ```
 */
export function affineGrid(
  theta: Tensor,
  size: Shape | AffineGridOptions,
  alignCorners?: boolean | null | AffineGridOptions,
): Tensor {
  const given = named<AffineGridOptions>("affineGrid", [size, alignCorners], ["size", "alignCorners"]);
  const maps = asFloats("affineGrid", theta, "theta"), shape = asShape("call affineGrid()", given.size);
  const aligned = asFlag("affineGrid", "alignCorners", given.alignCorners ?? false), rank = shape.length - 2;
  const fits = maps.shape.length === 3 && maps.shape[0] === shape[0] && maps.shape[1] === rank &&
    maps.shape[2] === rank + 1;
  if ((rank !== 2 && rank !== 3) || !fits || sizeOf(shape) === 0) {
    throw new ShapeError(
      `Cannot call affineGrid() with theta of shape ${show(maps.shape)} and size ${
        show(shape)
      }: the size must have 4 ` +
        `or 5 numbers above 0, and theta be [n, 2, 3] or [n, 3, 4]`,
    );
  }
  const to = shape.slice(2), count = sizeOf(to), base = maps.newOnes([count, rank + 1]);
  const out = base.storage.view(base.dtype);
  for (let d = rank - 1, inner = 1; d >= 0; inner *= to[d--]) {
    const column = base.offset + rank - 1 - d, n = to[d], edge = aligned ? 1 : (n - 1) / n;
    for (let i = 0; i < count; i++) {
      const at = Math.floor(i / inner) % n;
      out[column + i * (rank + 1)] = n > 1 ? edge * (2 * at / (n - 1) - 1) : 0;
    }
  }
  return base.matmul(maps.transpose(1, 2)).reshape([shape[0], ...to, rank]);
}
