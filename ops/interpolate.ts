/** Changing the size of images and the like: one linear map for each dimension. */
import { asChoice, asFlag, named } from "../lib/arguments.ts";
import { placesAlong } from "../lib/blocks.ts";
import { describe, ShapeError } from "../lib/errors.ts";
import { asFloats } from "../lib/layer.ts";
import { taking } from "../lib/places.ts";
import { antialiased, area, cubic, linear, nearest, type Resampling } from "../lib/resampling.ts";
import { show } from "../lib/shape.ts";
import { combineAlong, type WeightedRoutes } from "../lib/sparse_map.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

/** How {@link interpolate} makes elements: of the nearest one, 2 or 4 a dimension, or all that an element covers. */
export type InterpolationMode =
  | "nearest"
  | "nearest-exact"
  | "linear"
  | "bilinear"
  | "trilinear"
  | "bicubic"
  | "area";

/** Options of {@link interpolate}. */
export interface InterpolateOptions {
  /** The sizes of the result, or one for all dimensions. */
  size?: number | readonly number[] | null;
  /** How many times as large the result is, instead of `size`. */
  scaleFactor?: number | readonly number[] | null;
  /** Default "nearest". */
  mode?: InterpolationMode;
  /** Whether the centres of the corner elements, not their outer edges, stay in place; default false. */
  alignCorners?: boolean | null;
  /** Whether positions follow from the sizes, rather than from `scaleFactor` itself; default false. */
  recomputeScaleFactor?: boolean | null;
  /** Whether "bilinear" and "bicubic" take in all elements when they shrink; default false. */
  antialias?: boolean;
}

/** How many dimensions a mode is for; 0: one to three. */
const modes: Readonly<Record<InterpolationMode, number>> = {
  ...{ nearest: 0, "nearest-exact": 0, area: 0 },
  ...{ linear: 1, bilinear: 2, trilinear: 3, bicubic: 2 },
};

const runNearest = taking("interpolateNearest");

/**
 * Brings x [n, channels, ...], with one to three further dimensions, to `size` or by `scaleFactor`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html}.
 *
 * @throws {ShapeError} if the mode is for another number of dimensions, or a size is 0.
 *
 * @example
 * ```ts
 * import { interpolate, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[[0, 4]]]);
 * console.log(interpolate(x, 4).toArray()); // [[[0, 0, 4, 4]]]
 * console.log(interpolate(x, { scaleFactor: 2, mode: "linear" }).toArray()); // [[[0, 1, 3, 4]]]
 * ```
 */
export function interpolate(
  x: Tensor,
  size?: InterpolateOptions["size"] | InterpolateOptions,
  ...rest: (InterpolateOptions | InterpolateOptions[keyof InterpolateOptions])[]
): Tensor {
  return resize("interpolate", x, [size, ...rest]);
}

function resize(name: string, x: Tensor, args: readonly unknown[]): Tensor {
  const given = named<InterpolateOptions>(name, args, [
    "size",
    "scaleFactor",
    "mode",
    "alignCorners",
    "recomputeScaleFactor",
    "antialias",
  ]);
  const mode = asChoice(name, "mode", given.mode ?? "nearest", Object.keys(modes) as InterpolationMode[]);
  const rigid = mode === "nearest" || mode === "nearest-exact" || mode === "area";
  const input = rigid && mode !== "area" ? asTensor(`call ${name}()`, "the input", x) : asFloats(name, x);
  const { shape } = input, count = shape.length - 2;
  if (count < 1 || count > 3 || (modes[mode] !== 0 && modes[mode] !== count)) {
    throw new ShapeError(
      `Cannot call ${name}() on ${show(shape)} in mode "${mode}": it must have ${
        modes[mode] === 0 ? "3 to 5" : modes[mode] + 2
      } dimensions, [n, channels, ...]`,
    );
  }
  if (rigid && (given.alignCorners ?? null) !== null) {
    throw new TypeError(`Cannot call ${name}() with alignCorners in mode "${mode}": it has no meaning there`);
  }
  const antialias = asFlag(name, "antialias", given.antialias ?? false);
  if (antialias && mode !== "bilinear" && mode !== "bicubic") {
    throw new TypeError(
      `Cannot call ${name}() with antialias in mode "${mode}": only bilinear and bicubic have it`,
    );
  }
  const alignCorners = asFlag(name, "alignCorners", given.alignCorners ?? false);
  const round = input.dtype === "float64" ? (x: number) => x : Math.fround;
  const plan = sizes(name, shape, given, mode).map((size): Resampling => {
    return { ...size, alignCorners, round };
  });
  if (mode === "nearest" || mode === "nearest-exact") {
    const maps = plan.map((resampling) => nearest(resampling, mode === "nearest-exact"));
    return runNearest(input, placesAlong(shape, [null, null, ...maps]));
  }
  const routes = (resampling: Resampling): WeightedRoutes => {
    if (mode === "area") return area(resampling);
    if (antialias) return antialiased(resampling, mode === "bicubic" ? "cubic" : "linear");
    return mode === "bicubic" ? cubic(resampling) : linear(resampling);
  };
  // last dimension first: growing, the others then copy whole rows
  return plan.reduceRight((y, resampling, i) => combineAlong(y, i + 2, routes(resampling)), input);
}

/** How long a dimension may become. */
const LARGEST = 2 ** 31 - 1;

/** The old and new sizes, and the factor where positions follow from it. */
function sizes(
  name: string,
  shape: readonly number[],
  { size = null, scaleFactor = null, recomputeScaleFactor = null }: InterpolateOptions,
  mode: InterpolationMode,
): { from: number; to: number; factor: number | null }[] {
  const inner = shape.slice(2), least = mode === "area" ? 0 : 1;
  if ((size === null) === (scaleFactor === null)) {
    throw new TypeError(`Cannot call ${name}() on ${show(shape)}: either size or scaleFactor must be given`);
  }
  const recompute = asFlag(name, "recomputeScaleFactor", recomputeScaleFactor ?? false);
  if (recompute && size !== null) {
    throw new TypeError(
      `Cannot call ${name}() with size and recomputeScaleFactor: the latter needs scaleFactor`,
    );
  }
  const what = size !== null ? "size" : "scaleFactor", value: unknown = size ?? scaleFactor;
  const list: unknown[] = Array.isArray(value) ? value : inner.map(() => value);
  const fits = (v: unknown): v is number =>
    typeof v === "number" && Number.isFinite(v) && (size === null || Number.isInteger(v));
  if (list.length !== inner.length || !list.every(fits)) {
    throw new TypeError(
      `Cannot call ${name}() on ${show(shape)} with ${what} ${
        describe(value)
      }: it must be a number, or ${inner.length} of them`,
    );
  }
  return inner.map((from, i) => {
    const number = list[i], to = size !== null ? number : Math.floor(from * number);
    if (from < 1 || to < least || to > LARGEST) {
      throw new ShapeError(
        `Cannot call ${name}() on ${show(shape)} with ${what} ${describe(value)}: dim ${
          i + 2
        } has size ${from} and ` +
          `would get ${to}, it must have 1 or more and get from ${least} to ${LARGEST}`,
      );
    }
    return { from, to, factor: size !== null || recompute || mode === "area" ? null : number };
  });
}

/** Options of {@link upsample}. */
export type UpsampleOptions = Pick<InterpolateOptions, "size" | "scaleFactor" | "mode" | "alignCorners">;

/**
 * {@link interpolate} under its old name. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.upsample.html}.
 *
 * @example
 * ```ts
 * import { tensor, upsample } from "@dinograd/dinograd";
 *
 * console.log(upsample(tensor([[[1, 2]]]), { scaleFactor: 2 }).toArray()); // [[[1, 1, 2, 2]]]
 * ```
 */
export function upsample(
  x: Tensor,
  size?: InterpolateOptions["size"] | UpsampleOptions,
  ...rest: (UpsampleOptions | UpsampleOptions[keyof UpsampleOptions])[]
): Tensor {
  const given = named<UpsampleOptions>("upsample", [size, ...rest], [
    "size",
    "scaleFactor",
    "mode",
    "alignCorners",
  ]);
  return resize("upsample", x, [given]);
}

/**
 * {@link interpolate} in mode "nearest". See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.upsample_nearest.html}.
 *
 * @example
 * ```ts
 * import { tensor, upsampleNearest } from "@dinograd/dinograd";
 *
 * console.log(upsampleNearest(tensor([[[1, 2]]]), 3).toArray()); // [[[1, 1, 2]]]
 * ```
 */
export function upsampleNearest(
  x: Tensor,
  size?: InterpolateOptions["size"] | Pick<InterpolateOptions, "size" | "scaleFactor">,
  scaleFactor?: InterpolateOptions["scaleFactor"] | Pick<InterpolateOptions, "scaleFactor">,
): Tensor {
  const given = named<InterpolateOptions>("upsampleNearest", [size, scaleFactor], ["size", "scaleFactor"]);
  return resize("upsampleNearest", x, [given]);
}

/**
 * {@link interpolate} in mode "bilinear" with the corners aligned. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.upsample_bilinear.html}.
 *
 * @example
 * ```ts
 * import { tensor, upsampleBilinear } from "@dinograd/dinograd";
 *
 * console.log(upsampleBilinear(tensor([[[[0, 4]]]]), [1, 3]).toArray()); // [[[[0, 2, 4]]]]
 * ```
 */
export function upsampleBilinear(
  x: Tensor,
  size?: InterpolateOptions["size"] | Pick<InterpolateOptions, "size" | "scaleFactor">,
  scaleFactor?: InterpolateOptions["scaleFactor"] | Pick<InterpolateOptions, "scaleFactor">,
): Tensor {
  const given = named<InterpolateOptions>("upsampleBilinear", [size, scaleFactor], ["size", "scaleFactor"]);
  return resize("upsampleBilinear", x, [{ ...given, mode: "bilinear", alignCorners: true }]);
}
