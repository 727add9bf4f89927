/** Transforms in a row. */
import { describe } from "../../errors.ts";
import type { Transform } from "./images.ts";

/**
 * Applies transforms one after the other; any functions of images are such. See
 * {@link https://pytorch.org/vision/stable/generated/torchvision.transforms.Compose.html}.
 *
 * @throws {TypeError} if something else is among them.
 *
 * @example
 * ```ts
 * import { data, manualSeed, randint } from "@dinograd/dinograd";
 *
 * const { compose, convertImageDtype, normalize, randomCrop, randomHorizontalFlip } = data.transforms;
 * const augment = compose([randomCrop(28, { padding: 2 }), randomHorizontalFlip(), convertImageDtype(), normalize(0.5, 0.2)]);
 * manualSeed(0);
 * console.log(augment(randint(256, [64, 1, 28, 28], { dtype: "uint8" })).dtype); // float32
 * ```
 */
export function compose(transforms: readonly Transform[]): Transform {
  if (!Array.isArray(transforms) || !transforms.every((t) => typeof t === "function")) {
    throw new TypeError(`Cannot compose ${describe(transforms)}: it must be an array of functions`);
  }
  return (x) => transforms.reduce((y, transform) => transform(y), x);
}
