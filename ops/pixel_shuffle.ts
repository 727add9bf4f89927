/** Moving elements between channels and space. */
import { asCount, named } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { show } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

/** The input, its leading dimensions and its last three; fails unless there are three. */
function planes(
  name: string,
  x: Tensor,
): { input: Tensor; outer: readonly number[]; inner: readonly number[] } {
  const input = asTensor(`call ${name}()`, "the input", x), at = input.shape.length - 3;
  if (at >= 0) return { input, outer: input.shape.slice(0, at), inner: input.shape.slice(at) };
  throw new ShapeError(`Cannot call ${name}() on ${show(input.shape)}: it must have at least 3 dimensions`);
}

/**
 * Turns [..., c · r², h, w] into [..., c, h · r, w · r]: r² channels become squares of pixels. Shi et al., 2016. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.pixel_shuffle.html}.
 *
 * @throws {ShapeError} if the channels do not divide by r².
 *
 * @example
 * ```ts
 * import { pixelShuffle, tensor } from "@dinograd/dinograd";
 *
 * console.log(pixelShuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2).toArray()); // [[[1, 2], [3, 4]]]
 * ```
 */
export function pixelShuffle(x: Tensor, upscaleFactor: number | { upscaleFactor: number }): Tensor {
  const given = named<{ upscaleFactor: number }>("pixelShuffle", [upscaleFactor], ["upscaleFactor"]);
  const r = asCount("pixelShuffle", "upscaleFactor", given.upscaleFactor, 1);
  const { input, outer, inner: [channels, h, w] } = planes("pixelShuffle", x), c = channels / (r * r);
  if (!Number.isInteger(c)) {
    throw new ShapeError(
      `Cannot call pixelShuffle() on ${
        show(input.shape)
      } with upscaleFactor ${r}: ${channels} channels do not divide ` +
        `by ${r * r}`,
    );
  }
  const o = outer.length, axes = [...outer.keys(), o, o + 3, o + 1, o + 4, o + 2];
  return input.reshape([...outer, c, r, r, h, w]).permute(axes).reshape([...outer, c, h * r, w * r]);
}

/**
 * The reverse of {@link pixelShuffle}: [..., c, h · r, w · r] becomes [..., c · r², h, w]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.pixel_unshuffle.html}.
 *
 * @throws {ShapeError} if the height or width does not divide by r.
 *
 * @example
 * ```ts
 * import { pixelUnshuffle, tensor } from "@dinograd/dinograd";
 *
 * console.log(pixelUnshuffle(tensor([[[1, 2], [3, 4]]]), 2).toArray()); // [[[1]], [[2]], [[3]], [[4]]]
 * ```
 */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number | { downscaleFactor: number }): Tensor {
  const given = named<{ downscaleFactor: number }>("pixelUnshuffle", [downscaleFactor], ["downscaleFactor"]);
  const r = asCount("pixelUnshuffle", "downscaleFactor", given.downscaleFactor, 1);
  const { input, outer, inner: [c, height, width] } = planes("pixelUnshuffle", x),
    h = height / r,
    w = width / r;
  if (!Number.isInteger(h) || !Number.isInteger(w)) {
    throw new ShapeError(
      `Cannot call pixelUnshuffle() on ${
        show(input.shape)
      } with downscaleFactor ${r}: the last two dimensions must ` +
        `divide by it`,
    );
  }
  const o = outer.length, axes = [...outer.keys(), o, o + 2, o + 4, o + 1, o + 3];
  return input.reshape([...outer, c, h, r, w, r]).permute(axes).reshape([...outer, c * r * r, h, w]);
}

/**
 * Deals the channels of x [n, channels, ...], in `groups` groups, out like cards: one of each group in turn. Zhang et
 * al., 2018. See {@link https://pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html}.
 *
 * @throws {ShapeError} if the channels do not divide into groups.
 *
 * @example
 * ```ts
 * import { channelShuffle, tensor } from "@dinograd/dinograd";
 *
 * console.log(channelShuffle(tensor([[[1], [2], [3], [4]]]), 2).toArray()); // [[[1], [3], [2], [4]]]
 * ```
 */
export function channelShuffle(x: Tensor, groups: number | { groups: number }): Tensor {
  const { groups: wanted } = named<{ groups: number }>("channelShuffle", [groups], ["groups"]);
  const { input } = planes("channelShuffle", x), count = asCount("channelShuffle", "groups", wanted, 1);
  const [n, channels, ...rest] = input.shape;
  if (channels % count !== 0) {
    throw new ShapeError(
      `Cannot call channelShuffle() on ${
        show(input.shape)
      }: ${channels} channels do not divide into ${count} groups`,
    );
  }
  return input.reshape([n, count, channels / count, ...rest]).transpose(1, 2).reshape(input.shape);
}
