/** What transforms share: images [channels, height, width] or batches of them, and random numbers. */
import { asNumber } from "../../arguments.ts";
import { fillUniform } from "../../distributions.ts";
import { describe, ShapeError } from "../../errors.ts";
import { runStack } from "../../join.ts";
import { asGenerator, type Generator } from "../../random.ts";
import { show } from "../../shape.ts";
import { asTensor, type Tensor } from "../../tensor.ts";

/** Makes of an image [channels, height, width], or of a batch of images [n, channels, height, width], another one. */
export type Transform = (x: Tensor) => Tensor;

/** An option of random transforms. */
export interface RandomOptions {
  /** Where the randomness comes from; default: the generator of manualSeed(). */
  generator?: Generator | null;
}

/** Checks that a value is an image or a batch of images. */
export function asImages(name: string, value: unknown): Tensor {
  const x = asTensor(`call ${name}()`, "the image", value), { shape } = x;
  if ((shape.length === 3 || shape.length === 4) && !shape.includes(0)) return x;
  throw new ShapeError(
    `Cannot call ${name}() on ${
      show(shape)
    }: it takes images [channels, height, width] or [n, channels, height, width]`,
  );
}

/** Applies a function to each image, for transforms that draw anew for each. */
export function eachImage(x: Tensor, f: (image: Tensor) => Tensor): Tensor {
  if (x.shape.length === 3) return f(x);
  return runStack(Array.from({ length: x.shape[0] }, (_, i) => f(x.select(0, i))), { dim: 0 });
}

/** Applies a function to a batch, which is of one image if there is no other. */
export function asBatch(x: Tensor, f: (batch: Tensor) => Tensor): Tensor {
  return x.shape.length === 4 ? f(x) : f(x.unsqueeze(0)).squeeze(0);
}

/** The generator to draw from: looked up at each call, for loaders that work ahead change the default one. */
export function drawsFrom(name: string, given: RandomOptions): () => Generator {
  asGenerator(name, given.generator);
  return () => asGenerator(name, given.generator);
}

/** A number between `low` and `high`, as `torch.empty(1).uniform_(low, high)` draws it. */
export function uniform(generator: Generator, low: number, high: number): number {
  const array = new Float32Array(1);
  fillUniform(generator, { array, offset: 0, count: 1 }, low, high);
  return array[0];
}

/** Checks that a value is a list of finite numbers, so many as one of `counts` says; a number is a list of one. */
export function asNumbers(name: string, option: string, value: unknown, counts: readonly number[]): number[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (counts.includes(list.length) && list.every(Number.isFinite)) {
    return list.map((x) => asNumber(name, option, x));
  }
  throw new TypeError(
    `Cannot call ${name}() with ${option} ${describe(value)}: it must be ${
      counts.join(" or ")
    } finite numbers`,
  );
}
