/** Transforms of single values: normalisation, element types, brightness and contrast; as torchvision does. */
import { asChoice, named, type Optional } from "../../arguments.ts";
import { fillPermutation } from "../../distributions.ts";
import { isFloat } from "../../dtype.ts";
import { ShapeError } from "../../errors.ts";
import { show } from "../../shape.ts";
import { empty, type Tensor } from "../../tensor.ts";
import {
  asImages,
  asNumbers,
  drawsFrom,
  eachImage,
  type RandomOptions,
  type Transform,
  uniform,
} from "./images.ts";

/** Options of {@link colorJitter}: numbers v, which stand for factors from 1 − v to 1 + v, or least and greatest factor. */
export interface ColorJitterOptions extends RandomOptions {
  /** Default 0: as it is. */
  brightness?: number | readonly [number, number];
  /** Default 0: as it is. */
  contrast?: number | readonly [number, number];
}

/**
 * Subtracts the mean and divides by the standard deviation of each channel. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html}.
 *
 * @throws {TypeError} when applied to whole numbers, {@link ShapeError} to another number of channels.
 *
 * @example
 * ```ts
 * import { data, ones } from "@dinograd/dinograd";
 *
 * const normalize = data.transforms.normalize([0.5, 0.5, 0], [0.5, 0.25, 2]);
 * console.log(normalize(ones(3, 1, 1)).flatten().toArray()); // [1, 2, 0.5]
 * ```
 */
export function normalize(mean: number | readonly number[], std: number | readonly number[]): Transform {
  const list = (option: string, value: unknown): number[] =>
    asNumbers("normalize", option, value, [Array.isArray(value) ? Math.max(1, value.length) : 1]);
  const means = list("mean", mean), stds = list("std", std), channels = Math.max(means.length, stds.length);
  if ([means, stds].some(({ length }) => length !== 1 && length !== channels)) {
    throw new ShapeError(`Cannot normalize by ${means.length} means and ${stds.length} standard deviations`);
  }
  if (stds.some((s) => s <= 0)) throw new RangeError(`Cannot normalize by std ${stds}: it must be above 0`);
  return (x) => {
    const image = asImages("normalize", x), { dtype, shape } = image;
    if (!isFloat(dtype)) {
      throw new TypeError(`Cannot normalize an image of ${dtype}: use convertImageDtype() before`);
    }
    if (channels !== 1 && shape[shape.length - 3] !== channels) {
      throw new ShapeError(`Cannot normalize ${show(shape)}: it must have ${channels} channels`);
    }
    const each = (values: readonly number[]): Tensor => {
      const y = empty([values.length, 1, 1], dtype);
      y.storage.view(dtype).set(values, y.offset);
      return y;
    };
    return image.sub(each(means)).div(each(stds));
  };
}

/**
 * Bytes 0 to 255 become floats 0 to 1, and the reverse. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.ConvertImageDtype.html}.
 *
 * @throws {TypeError} when applied to whole numbers that are no bytes.
 *
 * @example
 * ```ts
 * import { data, full } from "@dinograd/dinograd";
 *
 * const bytes = full([1, 1, 2], 255, { dtype: "uint8" });
 * console.log(data.transforms.convertImageDtype()(bytes).toArray()); // [[[1, 1]]]
 * ```
 */
export function convertImageDtype(dtype: "float32" | "float64" | "uint8" = "float32"): Transform {
  const wanted = asChoice("convertImageDtype", "dtype", dtype, ["float32", "float64", "uint8"]);
  return (x) => {
    const image = asImages("convertImageDtype", x);
    if (image.dtype !== "uint8" && !isFloat(image.dtype)) {
      throw new TypeError(`Cannot convert an image of ${image.dtype}: it must be of uint8 or floats`);
    }
    if (image.dtype === "uint8") return wanted === "uint8" ? image : image.to(wanted).div(255);
    return wanted === "uint8" ? image.mul(255.999).to(wanted) : image.to(wanted); // 1 is 255, and 255 parts are equal
  };
}

/**
 * Multiplies by `factor`, up to white: 0 makes an image black, 1 leaves it as it is. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.adjust_brightness.html}.
 *
 * @example
 * ```ts
 * import { data, tensor } from "@dinograd/dinograd";
 *
 * console.log(data.transforms.adjustBrightness(2)(tensor([[[0.25, 0.75]]])).toArray()); // [[[0.5, 1]]]
 * ```
 */
export function adjustBrightness(factor: number): Transform {
  const ratio = asFactor("adjustBrightness", factor);
  return (x) => brighten(asImages("adjustBrightness", x), ratio);
}

/**
 * Spreads the values of each image around their mean: 0 makes it grey, 1 leaves it as it is. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.adjust_contrast.html}.
 *
 * @example
 * ```ts
 * import { data, tensor } from "@dinograd/dinograd";
 *
 * console.log(data.transforms.adjustContrast(2)(tensor([[[0.25, 0.5, 0.75]]])).toArray()); // [[[0, 0.5, 1]]]
 * ```
 */
export function adjustContrast(factor: number): Transform {
  const ratio = asFactor("adjustContrast", factor);
  return (x) => spread(asImages("adjustContrast", x), ratio);
}

/**
 * Changes brightness and contrast of each image at random, in random order. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.ColorJitter.html}.
 *
 * @example
 * ```ts
 * import { data, rand } from "@dinograd/dinograd";
 *
 * const augment = data.transforms.colorJitter({ brightness: 0.2, contrast: [0.5, 2] });
 * console.log(augment(rand(8, 3, 32, 32)).shape); // [8, 3, 32, 32]
 * ```
 */
export function colorJitter(...options: Optional<ColorJitterOptions>): Transform {
  const name = "colorJitter", order = ["brightness", "contrast"] as const;
  const given = named<ColorJitterOptions>(name, options, order, ["generator"]),
    draws = drawsFrom(name, given);
  const brightness = rangeOf("brightness", given.brightness ?? 0),
    contrast = rangeOf("contrast", given.contrast ?? 0);
  return (x) =>
    eachImage(asImages(name, x), (image) => {
      const generator = draws(), steps = new Int32Array(4); // torchvision has two more: saturation and hue
      fillPermutation(generator, { array: steps, offset: 0, count: 4 });
      const [light, relief] = [brightness, contrast].map((range) =>
        range && uniform(generator, range[0], range[1])
      );
      for (const step of steps) {
        if (step === 0 && light !== null) image = brighten(image, light);
        if (step === 1 && relief !== null) image = spread(image, relief);
      }
      return image;
    });
}

function asFactor(name: string, factor: unknown): number {
  const [ratio] = asNumbers(name, "factor", factor, [1]);
  if (ratio >= 0) return ratio;
  throw new RangeError(`Cannot call ${name}() with factor ${ratio}: it must not be below 0`);
}

/** The least and the greatest factor; null if both are 1. */
function rangeOf(option: string, value: unknown): readonly [number, number] | null {
  const [first, last] = asNumbers("colorJitter", option, value, [1, 2]);
  const [low, high] = last === undefined ? [Math.max(0, 1 - first), 1 + first] : [first, last];
  if (low >= 0 && high >= low) return low === 1 && high === 1 ? null : [low, high];
  throw new RangeError(
    `Cannot call colorJitter() with ${option} ${low}, ${high}: factors must not be below 0, or fall`,
  );
}

function brighten(image: Tensor, factor: number): Tensor {
  return within(image, asFloat(image).mul(factor));
}

function spread(image: Tensor, factor: number): Tensor {
  const mean = grey(image).mean([-3, -2, -1], true);
  return within(image, asFloat(image).mul(factor).add(mean.mul(1 - factor)));
}

/** The brightness of pixels, of red, green and blue if there are three channels; of bytes in whole steps. */
function grey(image: Tensor): Tensor {
  const x = asFloat(image);
  if (x.shape[x.shape.length - 3] !== 3) return x;
  const [red, green, blue] = [0, 1, 2].map((channel) => x.narrow(-3, channel, 1));
  const light = red.mul(0.2989).add(green.mul(0.587)).add(blue.mul(0.114));
  return isFloat(image.dtype) ? light : light.floor();
}

function asFloat(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : x.float();
}

/** Values between black and white, of the type of `image`. */
function within({ dtype }: Tensor, y: Tensor): Tensor {
  return isFloat(dtype) ? y.clamp(0, 1) : y.clamp(0, 255).to(dtype);
}
