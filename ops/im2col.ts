/** Patches of images as columns of a matrix, and columns added up to images: `unfold` and `fold` of nn.functional. */
import { named, type Optional } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { addPatches, framed, framedShape, insideOf, patchesOf } from "../lib/frame.ts";
import { defineOp } from "../lib/op.ts";
import { type Shape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";
import { readSizes, type Sizes, slide, type Windows } from "../lib/windows.ts";

interface Patches {
  readonly windows: readonly Windows[];
}

type PatchOp = (inputs: readonly Tensor[], patches: Patches) => Tensor;

const kernelOf = (windows: readonly Windows[]) => windows.map((w) => w.kernel);
const countsOf = (windows: readonly Windows[]) => windows.map((w) => w.count);

/** [N, C, ...size] to [N, C · kernel, windows]. */
const runIm2col: PatchOp = defineOp<Patches>({
  name: "im2col",
  forward: ([x], { windows }) => {
    const [images, channels] = x.shape, height = channels * sizeOf(kernelOf(windows));
    return patchesOf(framed(x, windows), windows).contiguous().reshape([
      images,
      height,
      sizeOf(countsOf(windows)),
    ]);
  },
  keeps: "nothing",
  grad: [(g, _inputs, _y, patches) => runCol2im([g], patches)],
});

/** The adjoint: [N, C · kernel, windows] to [N, C, ...size]. */
const runCol2im: PatchOp = defineOp<Patches>({
  name: "col2im",
  forward: ([x], { windows }) => {
    const kernel = kernelOf(windows), leading = [x.shape[0], x.shape[1] / sizeOf(kernel)];
    const frame = x.newZeros(framedShape(leading, windows)), patches = patchesOf(frame, windows);
    addPatches(patches, x.reshape(patches.shape), 2, kernel);
    return insideOf(frame, windows).contiguous();
  },
  keeps: "nothing",
  grad: [(g, _inputs, _y, patches) => runIm2col([g], patches)],
});

/** Options of {@link im2col}. */
export interface UnfoldOptions {
  /** The size of a patch. */
  kernelSize?: Sizes;
  /** The distance between neighbours in a patch; default 1. */
  dilation?: Sizes;
  /** Zeros on all sides; default 0. */
  padding?: Sizes;
  /** The step from one patch to the next; default 1. */
  stride?: Sizes;
}

/** Options of {@link col2im}. */
export interface FoldOptions extends UnfoldOptions {
  /** The size of the images, [H, W]. */
  outputSize?: Sizes;
}

/** The windows over images of shape [..., H, W]. */
function windowsOf(name: string, shape: Shape, options: UnfoldOptions): Windows[] {
  return slide(name, shape, {
    kernel: readSizes(name, "kernelSize", options.kernelSize, 2, 1),
    dilation: readSizes(name, "dilation", options.dilation ?? 1, 2, 1),
    padding: readSizes(name, "padding", options.padding ?? 0, 2, 0),
    stride: readSizes(name, "stride", options.stride ?? 1, 2, 1),
  });
}

/**
 * Lays out the patches of images [N, C, H, W] or [C, H, W] as columns [N, C · kernel, patches]; in `nn.functional` its
 * name is `unfold`. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.unfold.html}.
 *
 * @throws {ShapeError} if no patch fits.
 *
 * @example
 * ```ts
 * import { F, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([[[1, 2, 3], [4, 5, 6]]]);
 * console.log(F.unfold(x, 2).toArray()); // [[1, 2], [2, 3], [4, 5], [5, 6]]
 * ```
 */
export function im2col(input: Tensor, ...options: Optional<UnfoldOptions>): Tensor {
  const given = named<UnfoldOptions>("im2col", options, ["kernelSize", "dilation", "padding", "stride"]);
  const x = asTensor("call im2col()", "the input", input), isBatched = x.ndim === 4;
  if (x.ndim !== 3 && !isBatched || x.shape.slice(-3).includes(0)) {
    throw new ShapeError(
      `Cannot call im2col() on ${show(x.shape)}: it must have 3 or 4 dimensions, the last 3 not empty`,
    );
  }
  const windows = windowsOf("im2col", x.shape, given);
  return isBatched ? runIm2col([x], { windows }) : runIm2col([x.unsqueeze(0)], { windows }).squeeze(0);
}

/**
 * Adds up columns [N, C · kernel, patches] to images [N, C, ...outputSize], the adjoint of {@link im2col}: elements that
 * several patches share get the sum. In `nn.functional` its name is `fold`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.fold.html}.
 *
 * @throws {ShapeError} if there are not as many columns as patches, or rows that the kernel does not divide.
 *
 * @example
 * ```ts
 * import { F, ones } from "@dinograd/dinograd";
 *
 * console.log(F.fold(ones([4, 2]), [2, 3], 2).toArray()); // [[[1, 2, 1], [1, 2, 1]]]
 * ```
 */
export function col2im(input: Tensor, ...options: Optional<FoldOptions>): Tensor {
  const order = ["outputSize", "kernelSize", "dilation", "padding", "stride"] as const;
  const given = named<FoldOptions>("col2im", options, order);
  const x = asTensor("call col2im()", "the input", input), isBatched = x.ndim === 3;
  const windows = windowsOf("col2im", readSizes("col2im", "outputSize", given.outputSize, 2, 1), given);
  const kernel = sizeOf(kernelOf(windows)),
    [rows, columns] = x.shape.slice(-2),
    patches = sizeOf(countsOf(windows));
  if ((x.ndim !== 2 && !isBatched) || rows % kernel !== 0 || rows === 0 || columns !== patches) {
    throw new ShapeError(
      `Cannot call col2im() on ${
        show(x.shape)
      }: it must be [N, C · ${kernel}, ${patches}] or [C · ${kernel}, ${patches}]`,
    );
  }
  return isBatched ? runCol2im([x], { windows }) : runCol2im([x.unsqueeze(0)], { windows }).squeeze(0);
}
