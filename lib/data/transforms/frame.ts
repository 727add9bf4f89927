/** Transforms that move no pixel against another: padding, cropping, mirroring. The draws are torchvision's. */
import { asChoice, asCount, asFlag, asNumber, named, type Optional } from "../../arguments.ts";
import { asProbability, fillIntegers } from "../../distributions.ts";
import { describe } from "../../errors.ts";
import type { Generator } from "../../random.ts";
import { show } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { asImages, drawsFrom, eachImage, type RandomOptions, type Transform, uniform } from "./images.ts";

/** How many pixels are added: at each side, [left and right, top and bottom], or [left, top, right, bottom]. */
export type Padding = number | readonly [number, number] | readonly [number, number, number, number];

/** The size of an image: of its sides if they are equal, or [height, width]. */
export type Size = number | readonly [number, number];

/** Options of {@link pad}. */
export interface PadOptions {
  /** The value of pixels added; default 0. */
  fill?: number;
  /** What is added: "constant" (`fill`, the default), "edge" or "reflect". */
  paddingMode?: "constant" | "edge" | "reflect";
}

/** Options of {@link randomCrop}. */
export interface RandomCropOptions extends PadOptions, RandomOptions {
  /** How many pixels to add before; default 0. */
  padding?: Padding;
  /** Whether to add more if the image is too small; default false. */
  padIfNeeded?: boolean;
}

/** Options of the random flips. */
export interface FlipOptions extends RandomOptions {
  /** The probability that an image is mirrored; default 0.5. */
  p?: number;
}

/**
 * Adds pixels at the sides. See {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.Pad.html}.
 *
 * @example
 * ```ts
 * import { data, ones } from "@dinograd/dinograd";
 *
 * console.log(data.transforms.pad([1, 0])(ones(1, 1, 2)).toArray()); // [[[0, 1, 1, 0]]]
 * ```
 */
export function pad(padding: Padding, ...options: Optional<PadOptions>): Transform {
  const given = named<PadOptions>("pad", options, ["fill", "paddingMode"]);
  const sides = sidesOf("pad", padding), add = padder("pad", given);
  return (x) => add(asImages("pad", x), sides);
}

/**
 * Cuts out the middle; an image that is too small gets black sides. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.CenterCrop.html}.
 *
 * @example
 * ```ts
 * import { arange, data } from "@dinograd/dinograd";
 *
 * console.log(data.transforms.centerCrop([1, 2])(arange(12).reshape(1, 3, 4)).toArray()); // [[[5, 6]]]
 * ```
 */
export function centerCrop(size: Size): Transform {
  const [height, width] = sizeOf("centerCrop", size);
  return (x) => {
    let image = asImages("centerCrop", x);
    const [down, across] = missing(image, height, width);
    if (down > 0 || across > 0) {
      image = image.pad([across >> 1, across + 1 >> 1, down >> 1, down + 1 >> 1]);
    }
    const [h, w] = image.shape.slice(-2);
    return crop(image, halfOf(h - height), halfOf(w - width), height, width);
  };
}

/**
 * Cuts out a part at random. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.RandomCrop.html}.
 *
 * @throws {RangeError} when applied to an image that is too small.
 *
 * @example
 * ```ts
 * import { data, rand } from "@dinograd/dinograd";
 *
 * const augment = data.transforms.randomCrop(28, { padding: 2 }); // moves by up to two pixels
 * console.log(augment(rand(64, 1, 28, 28)).shape); // [64, 1, 28, 28]
 * ```
 */
export function randomCrop(size: Size, ...options: Optional<RandomCropOptions>): Transform {
  const name = "randomCrop", order = ["padding", "padIfNeeded", "fill", "paddingMode"] as const;
  const given = named<RandomCropOptions>(name, options, order, ["generator"]), draws = drawsFrom(name, given);
  const [height, width] = sizeOf(name, size), add = padder(name, given);
  const sides = sidesOf(name, given.padding ?? 0),
    fit = asFlag(name, "padIfNeeded", given.padIfNeeded ?? false);
  return (x) =>
    eachImage(asImages(name, x), (original) => {
      let image = add(original, sides);
      const [down, across] = missing(image, height, width);
      if (fit && across > 0) image = add(image, [across, across, 0, 0]);
      if (fit && down > 0) image = add(image, [0, 0, down, down]);
      const [h, w] = image.shape.slice(-2);
      if (h < height || w < width) {
        throw new RangeError(
          `Cannot crop an image ${show(image.shape)} to ${show([height, width])}: it is smaller`,
        );
      }
      if (h === height && w === width) return image;
      const generator = draws(), top = below(generator, h - height + 1);
      return crop(image, top, below(generator, w - width + 1), height, width);
    });
}

/**
 * Mirrors left and right, each image with probability `p`. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.RandomHorizontalFlip.html}.
 *
 * @example
 * ```ts
 * import { data, tensor } from "@dinograd/dinograd";
 *
 * console.log(data.transforms.randomHorizontalFlip(1)(tensor([[[1, 2, 3]]])).toArray()); // [[[3, 2, 1]]]
 * ```
 */
export function randomHorizontalFlip(...options: Optional<FlipOptions>): Transform {
  return randomFlip("randomHorizontalFlip", -1, options);
}

/**
 * Mirrors top and bottom, each image with probability `p`. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.RandomVerticalFlip.html}.
 */
export function randomVerticalFlip(...options: Optional<FlipOptions>): Transform {
  return randomFlip("randomVerticalFlip", -2, options);
}

function randomFlip(name: string, dim: number, options: Optional<FlipOptions>): Transform {
  const given = named<FlipOptions>(name, options, ["p"], ["generator"]), draws = drawsFrom(name, given);
  const p = asProbability(name, "p", given.p ?? 0.5);
  return (x) => eachImage(asImages(name, x), (image) => uniform(draws(), 0, 1) < p ? image.flip(dim) : image);
}

/** Left, right, top, bottom: the order of the method `pad`. */
type Sides = readonly [number, number, number, number];

function sidesOf(name: string, padding: unknown): Sides {
  const list: unknown[] = Array.isArray(padding) ? padding : [padding, padding];
  if (list.length !== 2 && list.length !== 4) {
    throw new TypeError(
      `Cannot call ${name}() with padding ${describe(padding)}: it must be 1, 2 or 4 numbers`,
    );
  }
  const [left, top, right = left, bottom = top] = list.map((n) => asCount(name, "padding", n));
  return [left, right, top, bottom];
}

function padder(
  name: string,
  { fill = 0, paddingMode = "constant" }: PadOptions,
): (x: Tensor, sides: Sides) => Tensor {
  const mode = asChoice(name, "paddingMode", paddingMode, ["constant", "edge", "reflect"]);
  const value = asNumber(name, "fill", fill), repeat = mode === "edge" ? "replicate" : "reflect";
  return (x, sides) => {
    if (sides.every((n) => n === 0)) return x;
    return mode === "constant" ? x.pad(sides, "constant", value) : x.pad(sides, repeat);
  };
}

function sizeOf(name: string, size: unknown): readonly [number, number] {
  const list: unknown[] = Array.isArray(size) ? size : [size, size];
  if (list.length === 2) return [asCount(name, "size", list[0], 1), asCount(name, "size", list[1], 1)];
  throw new TypeError(
    `Cannot call ${name}() with size ${describe(size)}: it must be one number or [height, width]`,
  );
}

/** How many pixels an image is too small by. */
function missing({ shape }: Tensor, height: number, width: number): [number, number] {
  return [Math.max(0, height - shape[shape.length - 2]), Math.max(0, width - shape[shape.length - 1])];
}

function crop(image: Tensor, top: number, left: number, height: number, width: number): Tensor {
  return image.narrow(-2, top, height).narrow(-1, left, width);
}

/** n / 2, rounded to the even neighbour, as Python does. */
function halfOf(n: number): number {
  const half = Math.floor(n / 2);
  return n % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

/** A whole number from 0 up to but without `n`. */
function below(generator: Generator, n: number): number {
  const array = new Int32Array(1);
  fillIntegers(generator, { array, offset: 0, count: 1 }, 0, n);
  return array[0];
}
