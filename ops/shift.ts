/** Shifts between the two orders of frequencies: 0 first, as the Fourier transform has it, or in the middle. */
import { named } from "../lib/arguments.ts";
import { type Dims, resolveDims } from "../lib/shape.ts";
import { asTensor, type Tensor } from "../lib/tensor.ts";

/** Options of {@link fftshift} and {@link ifftshift}. */
export interface ShiftOptions {
  /** The dimensions to shift; default: all. */
  dim?: Dims | null;
}

/** Rolls each dimension of size n by what `shift` says of n. */
function shifted(
  name: string,
  x: Tensor,
  dim: Dims | null | ShiftOptions | undefined,
  shift: (n: number) => number,
): Tensor {
  const given = named<ShiftOptions>(name, [dim], ["dim"]).dim ?? null;
  const { shape } = asTensor(`call ${name}()`, "the input", x);
  const dims = Array.isArray(given) && given.length === 0 ? [] : resolveDims(`call ${name}()`, given, shape);
  return dims.length === 0 ? x.clone() : x.roll(dims.map((d) => shift(shape[d])), dims);
}

/**
 * Moves the frequency 0 from the front to the middle of each dimension, or of those named. Shape unchanged. See
 * {@link https://pytorch.org/docs/stable/generated/torch.fft.fftshift.html}.
 *
 * @example
 * ```ts
 * import { fft, tensor } from "@dinograd/dinograd";
 *
 * console.log(fft.fftshift(tensor([0, 1, 2, -2, -1])).toArray()); // [-2, -1, 0, 1, 2]
 * ```
 */
export function fftshift(x: Tensor, dim?: Dims | null | ShiftOptions): Tensor {
  return shifted("fft.fftshift", x, dim, (n) => Math.floor(n / 2));
}

/**
 * The inverse of {@link fftshift}. See {@link https://pytorch.org/docs/stable/generated/torch.fft.ifftshift.html}.
 *
 * @example
 * ```ts
 * import { fft, tensor } from "@dinograd/dinograd";
 *
 * console.log(fft.ifftshift(tensor([-2, -1, 0, 1, 2])).toArray()); // [0, 1, 2, -2, -1]
 * ```
 */
export function ifftshift(x: Tensor, dim?: Dims | null | ShiftOptions): Tensor {
  return shifted("fft.ifftshift", x, dim, (n) => Math.ceil(n / 2));
}
