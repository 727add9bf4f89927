/** Bounds on gradients, and parameters as one vector: PyTorch's `torch.nn.utils`. */
import { asNumber, named } from "../arguments.ts";
import { describe, ShapeError } from "../errors.ts";
import { Function, type FunctionContext } from "../function.ts";
import { type Shape, show, sizeOf } from "../shape.ts";
import { noGrad } from "../grad_mode.ts";
import { empty, Tensor } from "../tensor.ts";
import { again } from "../watch.ts";

/** Options of {@link clipGradNorm_}. */
export interface ClipOptions {
  /** Which norm: 2 (default), another power, or Infinity for the largest absolute value. */
  normType?: number;
  /** Fail if the norm is infinite or NaN; default false. */
  errorIfNonfinite?: boolean;
}

function listOf(name: string, parameters: Tensor | Iterable<Tensor>): Tensor[] {
  const list: unknown = parameters instanceof Tensor ? [parameters] : parameters;
  if (typeof list === "object" && list !== null && Symbol.iterator in list) {
    const all = [...list as Iterable<unknown>], odd = all.find((x) => !(x instanceof Tensor));
    if (odd === undefined) return all as Tensor[];
    throw new TypeError(
      `Cannot call ${name}() with ${describe(odd)} among the parameters: all must be tensors`,
    );
  }
  throw new TypeError(`Cannot call ${name}() with parameters ${describe(list)}: they must be tensors`);
}

/**
 * Scales gradients, if need be, so that all together have at most the norm `maxNorm`; returns the norm before. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html}.
 *
 * @throws {RangeError} if the norm is not finite and `errorIfNonfinite`.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([3, 4], { requiresGrad: true });
 * x.mul(x).sum().backward(); // gradient [6, 8], norm 10
 * console.log(nn.utils.clipGradNorm_([x], 1), x.grad!.toArray()); // 10, about [0.6, 0.8]
 * ```
 */
export function clipGradNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  options: number | ClipOptions = {},
): number {
  const { normType = 2, errorIfNonfinite = false } = named<ClipOptions>("clipGradNorm_", [options], [
    "normType",
    "errorIfNonfinite",
  ]);
  asNumber("clipGradNorm_", "maxNorm", maxNorm, false);
  if (!(asNumber("clipGradNorm_", "normType", normType) > 0)) {
    throw new RangeError(`Cannot call clipGradNorm_() with normType ${normType}: it must be above 0`);
  }
  const gradients = listOf("clipGradNorm_", parameters).flatMap((p) => p.grad ? [p.grad.detach()] : []);
  return again("clipGradNorm_", () => clip(gradients, maxNorm, normType, errorIfNonfinite));
}

/** Scales gradients down to the norm that all of them together may have; returns their norm. */
function clip(gradients: readonly Tensor[], maxNorm: number, normType: number, fails: boolean): number {
  return noGrad(() => {
    let norm = 0;
    for (const g of gradients) norm = joinNorm(norm, g, normType);
    if (normType !== Infinity) norm **= 1 / normType;
    if (fails && !Number.isFinite(norm)) {
      throw new RangeError(`Cannot clip gradients: their norm is ${norm}`);
    }
    const scale = maxNorm / (norm + 1e-6);
    if (!(scale >= 1)) { for (const g of gradients) g.mul_(scale); }
    return norm;
  });
}

/** Adds the powers of the elements of `g` to `total`, or takes the largest. */
function joinNorm(total: number, g: Tensor, normType: number): number {
  if (g.numel() === 0) return total;
  const own = g.norm(normType).item();
  return normType === Infinity ? Math.max(total, own) : total + own ** normType; // NaN if either is
}

/**
 * Holds every element of the gradients between -`clipValue` and `clipValue`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html}.
 */
export function clipGradValue_(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  asNumber("clipGradValue_", "clipValue", clipValue, false);
  noGrad(() => {
    for (const { grad } of listOf("clipGradValue_", parameters)) grad?.detach().clamp_(-clipValue, clipValue);
  });
}

/**
 * All parameters as one vector; gradients flow through. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.parameters_to_vector.html}.
 *
 * @example
 * ```ts
 * import { nn } from "@dinograd/dinograd";
 *
 * const layer = new nn.Linear(2, 3), vector = nn.utils.parametersToVector(layer.parameters());
 * console.log(vector.shape); // [9]
 * nn.utils.vectorToParameters(vector.zerosLike(), layer.parameters());
 * console.log(layer.bias!.toArray()); // [0, 0, 0]
 * ```
 */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  const list = listOf("parametersToVector", parameters);
  if (list.length === 0) throw new TypeError("Cannot call parametersToVector() with no parameters");
  return Concatenate.apply(...list) as Tensor;
}

/** Tensors of any shapes, one after the other. */
class Concatenate extends Function {
  static override forward(context: FunctionContext, ...list: Tensor[]): Tensor {
    const y = empty([list.reduce((sum, p) => sum + sizeOf(p.shape), 0)], list[0].dtype);
    context.shapes = list.map((p) => p.shape);
    eachPart(y, list.map((p) => p.shape), (part, i) => part.copy_(list[i]));
    return y;
  }

  static override backward(context: FunctionContext, g: Tensor): Tensor[] {
    const gradients: Tensor[] = [];
    eachPart(g, context.shapes as readonly Shape[], (part) => gradients.push(part));
    return gradients;
  }
}

/** Calls `f` with the parts of a vector that have these shapes. */
function eachPart(vector: Tensor, shapes: readonly Shape[], f: (part: Tensor, i: number) => void): void {
  let at = 0;
  shapes.forEach((shape, i) => {
    const size = sizeOf(shape);
    f(vector.narrow(0, at, size).reshape(shape), i);
    at += size;
  });
}

/** Copies a vector, as {@link parametersToVector} makes it, back into the parameters. */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  const list = listOf("vectorToParameters", parameters);
  const size = list.reduce((sum, p) => sum + sizeOf(p.shape), 0);
  if (!(vector instanceof Tensor) || vector.shape.length !== 1 || vector.shape[0] !== size) {
    const found = vector instanceof Tensor ? show(vector.shape) : describe(vector);
    throw new ShapeError(
      `Cannot copy ${found} into the parameters: they hold ${size} numbers, so it must be [${size}]`,
    );
  }
  noGrad(() => eachPart(vector, list.map((p) => p.shape), (part, i) => list[i].copy_(part)));
}
