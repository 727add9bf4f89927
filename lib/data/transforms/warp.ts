/** Transforms that sample an image at other places: rotation, affine maps, elastic deformation; as torchvision does. */
import { asChoice, named, type Optional } from "../../arguments.ts";
import { fillUniform } from "../../distributions.ts";
import { isFloat } from "../../dtype.ts";
import { describe } from "../../errors.ts";
import { runStack } from "../../join.ts";
import { show } from "../../shape.ts";
import { empty, type Tensor } from "../../tensor.ts";
import {
  asBatch,
  asImages,
  asNumbers,
  drawsFrom,
  type RandomOptions,
  type Transform,
  uniform,
} from "./images.ts";

/** Options of all transforms that sample. */
export interface SampleOptions {
  /** The nearest pixel, or a mean of the four around. */
  interpolation?: "nearest" | "bilinear";
  /** The value of pixels outside of the image; default 0. */
  fill?: number;
}

/** Options of {@link rotate}; the nearest pixel by default. */
export interface RotateOptions extends SampleOptions {
  /** What stays in place, [x, y] in pixels from the upper left corner; default: the middle. */
  center?: readonly [number, number] | null;
}

/** Options of {@link randomRotation}. */
export interface RandomRotationOptions extends RotateOptions, RandomOptions {}

/** Options of {@link affine}. */
export interface AffineOptions extends RotateOptions {
  /** Degrees, clockwise; default 0. */
  angle?: number;
  /** Pixels to the right and down; default [0, 0]. */
  translate?: readonly [number, number];
  /** Default 1. */
  scale?: number;
  /** Degrees along x, or along x and y; default 0. */
  shear?: number | readonly [number, number];
}

/** Options of {@link randomAffine}. */
export interface RandomAffineOptions extends RandomRotationOptions {
  /** The greatest share of width and height to move by. */
  translate?: readonly [number, number] | null;
  /** The least and the greatest scale. */
  scale?: readonly [number, number] | null;
  /** Degrees along x up to which to shear to both sides; or least and greatest; or the same along y, too. */
  shear?: number | readonly [number, number] | readonly [number, number, number, number] | null;
}

/** Options of {@link elasticTransform}. */
export interface ElasticOptions extends SampleOptions, RandomOptions {
  /** How far pixels move, for both axes or along x and y; default 50. */
  alpha?: number | readonly [number, number];
  /** How smooth the movement is, in pixels, for both axes or along x and y; default 5. */
  sigma?: number | readonly [number, number];
}

/** Where a rotated, scaled, sheared and moved image is; angles in degrees. */
interface Pose {
  readonly angle: number;
  readonly translate: readonly number[];
  readonly scale: number;
  readonly shear: readonly number[];
}

/**
 * Turns counterclockwise by `angle` degrees. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.rotate.html}.
 *
 * @example
 * ```ts
 * import { data, tensor } from "@dinograd/dinograd";
 *
 * console.log(data.transforms.rotate(90)(tensor([[[1, 2], [3, 4]]])).toArray()); // [[[2, 4], [1, 3]]]
 * ```
 */
export function rotate(angle: number, ...options: Optional<RotateOptions>): Transform {
  const given = named<RotateOptions>("rotate", options, ["interpolation", "center", "fill"]);
  const [degrees] = asNumbers("rotate", "angle", angle, [1]), move = mover("rotate", given);
  return (x) => move(x, () => ({ ...still, angle: -degrees }));
}

/**
 * Turns each image by an angle between −`degrees` and `degrees`, or between the two given. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.RandomRotation.html}.
 *
 * @example
 * ```ts
 * import { data, rand } from "@dinograd/dinograd";
 *
 * const augment = data.transforms.randomRotation(10, { interpolation: "bilinear" });
 * console.log(augment(rand(64, 1, 28, 28)).shape); // [64, 1, 28, 28]
 * ```
 */
export function randomRotation(
  degrees: number | readonly [number, number],
  ...options: Optional<RandomRotationOptions>
): Transform {
  const name = "randomRotation", order = ["interpolation", "center", "fill"] as const;
  const given = named<RandomRotationOptions>(name, options, order, ["generator"]);
  const [low, high] = rangeOf(name, "degrees", degrees),
    move = mover(name, given),
    draws = drawsFrom(name, given);
  return (x) => move(x, () => ({ ...still, angle: -uniform(draws(), low, high) }));
}

/**
 * Turns, shears, scales and moves. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.affine.html}.
 *
 * @example
 * ```ts
 * import { data, tensor } from "@dinograd/dinograd";
 *
 * console.log(data.transforms.affine({ translate: [1, 0] })(tensor([[[1, 2, 3]]])).toArray()); // [[[0, 1, 2]]]
 * ```
 */
export function affine(...options: Optional<AffineOptions>): Transform {
  const name = "affine",
    order = ["angle", "translate", "scale", "shear", "interpolation", "fill", "center"] as const;
  const given = named<AffineOptions>(name, options, order), move = mover(name, given);
  const [angle] = asNumbers(name, "angle", given.angle ?? 0, [1]);
  const [scale] = asNumbers(name, "scale", given.scale ?? 1, [1]);
  const translate = asNumbers(name, "translate", given.translate ?? [0, 0], [2]);
  const [along, across = 0] = asNumbers(name, "shear", given.shear ?? 0, [1, 2]);
  if (scale <= 0) throw new RangeError(`Cannot call affine() with scale ${scale}: it must be above 0`);
  const pose = { angle, translate, scale, shear: [along, across] };
  return (x) => move(x, () => pose);
}

/**
 * Turns, shears, scales and moves each image at random. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.RandomAffine.html}.
 *
 * @example
 * ```ts
 * import { data, rand } from "@dinograd/dinograd";
 *
 * const augment = data.transforms.randomAffine(10, { translate: [0.1, 0.1], scale: [0.9, 1.1], shear: 5 });
 * console.log(augment(rand(1, 28, 28)).shape); // [1, 28, 28]
 * ```
 */
export function randomAffine(
  degrees: number | readonly [number, number],
  ...options: Optional<RandomAffineOptions>
): Transform {
  const name = "randomAffine",
    order = ["translate", "scale", "shear", "interpolation", "fill", "center"] as const;
  const given = named<RandomAffineOptions>(name, options, order, ["generator"]);
  const [low, high] = rangeOf(name, "degrees", degrees),
    move = mover(name, given),
    draws = drawsFrom(name, given);
  const translate = given.translate && asNumbers(name, "translate", given.translate, [2]);
  const scale = given.scale && asNumbers(name, "scale", given.scale, [2]);
  const shear = given.shear !== undefined && given.shear !== null && shearOf(name, given.shear);
  if (scale && !(scale[0] > 0)) {
    throw new RangeError(`Cannot call ${name}() with scale ${scale[0]}: it must be above 0`);
  }
  return (x) =>
    move(x, (height, width) => {
      const generator = draws(), draw = (from: number, to: number) => uniform(generator, from, to);
      const angle = draw(low, high),
        [right, down] = [[0, width], [1, height]].map(([i, size]) => {
          const most = translate ? translate[i] * size : 0;
          return translate ? Math.round(draw(-most, most)) : 0;
        });
      return {
        angle,
        translate: [right, down],
        scale: scale ? draw(scale[0], scale[1]) : 1,
        shear: shear ? [draw(shear[0], shear[1]), shear.length === 4 ? draw(shear[2], shear[3]) : 0] : [0, 0],
      };
    });
}

/**
 * Moves the pixels of each image by a smooth random field, as if it were drawn on rubber (Simard et al. 2003); bilinear
 * by default. See {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.ElasticTransform.html}.
 *
 * @throws {RangeError} when applied to an image smaller than four times `sigma`.
 *
 * @example
 * ```ts
 * import { data, rand } from "@dinograd/dinograd";
 *
 * const augment = data.transforms.elasticTransform({ alpha: 30, sigma: 4 });
 * console.log(augment(rand(64, 1, 28, 28)).shape); // [64, 1, 28, 28]
 * ```
 */
export function elasticTransform(...options: Optional<ElasticOptions>): Transform {
  const name = "elasticTransform", order = ["alpha", "sigma", "interpolation", "fill"] as const;
  const given = named<ElasticOptions>(name, options, order, ["generator"]), draws = drawsFrom(name, given);
  const sample = sampler(name, { interpolation: "bilinear", ...given });
  const alpha = asNumbers(name, "alpha", given.alpha ?? 50, [1, 2]);
  const sigma = asNumbers(name, "sigma", given.sigma ?? 5, [1, 2]);
  if (!(Math.min(...sigma) > 0)) {
    throw new RangeError(`Cannot call ${name}() with sigma ${sigma}: it must be above 0`);
  }
  return (x) =>
    asBatch(asImages(name, x), (batch) => {
      const [n, , height, width] = batch.shape, noise = empty([n, 2, height, width], "float32");
      const array = noise.storage.view("float32");
      fillUniform(draws(), { array, offset: noise.offset, count: 2 * n * height * width }, 0, 1);
      const [right, down] = [height, width].map((size, axis) => { // in this order, as torchvision has it
        const field = noise.narrow(1, axis, 1).mul(2).sub(1), reach = sigma[axis] ?? sigma[0];
        return blur(field, Math.round(4 * reach), sigma).mul((alpha[axis] ?? alpha[0]) / size).squeeze(1);
      });
      const moves = runStack([right, down], { dim: 3 }), theta = thetaOf(batch, () => [1, 0, 0, 0, 1, 0]);
      return sample(batch, theta.affineGrid(batch.shape).add(moves));
    });
}

const still: Pose = { angle: 0, translate: [0, 0], scale: 1, shear: [0, 0] };

/** Samples each image as the pose says that is made for it. */
function mover(
  name: string,
  options: RotateOptions,
): (x: Tensor, pose: (height: number, width: number) => Pose) => Tensor {
  const sample = sampler(name, options);
  const center = options.center ? asNumbers(name, "center", options.center, [2]) : null;
  return (x, pose) =>
    asBatch(asImages(name, x), (batch) => {
      const [height, width] = batch.shape.slice(2);
      const middle = center ? [center[0] - width / 2, center[1] - height / 2] : [0, 0];
      const theta = thetaOf(batch, () => {
        const [a, b, c, d, e, f] = inverse(pose(height, width), middle); // of pixels; sides are to be −1 and 1
        return [a, b * height / width, 2 * c / width, d * width / height, e, 2 * f / height];
      });
      return sample(batch, theta.affineGrid(batch.shape));
    });
}

/** The maps of the images of a batch, for the method `affineGrid`. */
function thetaOf({ shape: [n], dtype }: Tensor, map: () => number[]): Tensor {
  const theta = empty([n, 2, 3], dtype === "float64" ? dtype : "float32"),
    out = theta.storage.view(theta.dtype);
  for (let i = 0; i < n; i++) out.set(map(), theta.offset + 6 * i);
  return theta;
}

/**
 * Where a pixel comes from: the inverse of moving by `translate`, to the center and back, of rotation by `angle`, shear
 * and scale, as the two rows of a matrix (torchvision's `_get_inverse_affine_matrix`).
 */
function inverse({ angle, translate, scale, shear }: Pose, [cx, cy]: readonly number[]): number[] {
  const [turn, along, across] = [angle, ...shear].map((degrees) => degrees * Math.PI / 180);
  const a = Math.cos(turn - across) / Math.cos(across), c = Math.sin(turn - across) / Math.cos(across);
  const b = -a * Math.tan(along) - Math.sin(turn), d = -c * Math.tan(along) + Math.cos(turn);
  const [p, q, r, s] = [d, -b, -c, a].map((x) => x / scale), x = -cx - translate[0], y = -cy - translate[1];
  return [p, q, p * x + q * y + cx, r, s, r * x + s * y + cy];
}

/** Samples a batch at the places of a grid; bytes stay bytes. */
function sampler(name: string, options: SampleOptions): (batch: Tensor, grid: Tensor) => Tensor {
  const mode = asChoice(name, "interpolation", options.interpolation ?? "nearest", ["nearest", "bilinear"]);
  const [fill] = asNumbers(name, "fill", options.fill ?? 0, [1]);
  return (batch, grid) => {
    const x = isFloat(batch.dtype) ? batch : batch.float(), at = grid.to(x.dtype);
    const y = fill === 0 ? x.gridSample(at, { mode }) : x.sub(fill).gridSample(at, { mode }).add(fill);
    return isFloat(batch.dtype) ? y : y.round().to(batch.dtype);
  };
}

/** Blurs [n, 1, height, width] by Gaussian bells that end `radius` pixels from their middle. */
function blur(x: Tensor, radius: number, [across, down = across]: readonly number[]): Tensor {
  const least = Math.min(...x.shape.slice(2));
  if (radius >= least) {
    throw new RangeError(
      `Cannot call elasticTransform() on images ${
        show(x.shape.slice(2))
      }: with this sigma sides must be over ${radius}`,
    );
  }
  if (radius === 0) return x;
  const bell = (sigma: number): Tensor => {
    const y = empty([2 * radius + 1], "float32"), out = y.storage.view("float32");
    for (let i = 0; i <= 2 * radius; i++) out[y.offset + i] = Math.exp(-0.5 * ((i - radius) / sigma) ** 2);
    return y.div(y.sum());
  };
  const wide = x.pad([radius, radius, radius, radius], "reflect");
  return wide.conv2d(bell(across).reshape(1, 1, 1, -1)).conv2d(bell(down).reshape(1, 1, -1, 1));
}

/** The least and the greatest of an interval, which one number gives to both sides of 0. */
function rangeOf(name: string, option: string, value: unknown): [number, number] {
  const [low, high] = asNumbers(name, option, value, [1, 2]);
  if (high === undefined && low >= 0) return [-low, low];
  if (high >= low) return [low, high];
  throw new RangeError(
    `Cannot call ${name}() with ${option} ${describe(value)}: it must not be below 0, or fall`,
  );
}

function shearOf(name: string, shear: unknown): number[] {
  return typeof shear === "number" ? rangeOf(name, "shear", shear) : asNumbers(name, "shear", shear, [2, 4]);
}
