/** A tensor that a module learns. */
import { asFlag, named } from "../arguments.ts";
import { asTensor, Tensor } from "../tensor.ts";

/** Options of {@link Parameter}. */
export interface ParameterOptions {
  /** Whether gradients are wanted; default true. */
  requiresGrad?: boolean;
}

/**
 * A tensor that belongs to the parameters of the module it is a property of. It shares the numbers of the tensor it is
 * made from. See {@link https://pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html}.
 *
 * @throws {TypeError} if not made from a float tensor.
 *
 * @example
 * ```ts
 * import { nn, ones, type Tensor } from "@dinograd/dinograd";
 *
 * class Scale extends nn.Module {
 *   factor = new nn.Parameter(ones(1));
 *   override forward(x: Tensor): Tensor {
 *     return x.mul(this.factor);
 *   }
 * }
 * console.log([...new Scale().parameters()].length); // 1
 * ```
 */
export class Parameter extends Tensor {
  /** Makes a parameter of the numbers of `data`. */
  constructor(data: Tensor, requiresGrad: boolean | ParameterOptions = true) {
    const { storage, shape, dtype, strides, offset } = asTensor("make a Parameter", "data", data);
    super(storage, shape, dtype, strides, offset);
    storage.escaped = true;
    const { requiresGrad: takes = true } = named<ParameterOptions>("Parameter", [requiresGrad], [
      "requiresGrad",
    ]);
    if (asFlag("Parameter", "requiresGrad", takes)) this.requiresGrad_();
  }

  /** The numbers, off the tape; assigning other ones, of any dtype, keeps what optimizers hold: the parameter itself. */
  get data(): Tensor {
    return this.detach();
  }

  set data(value: Tensor) {
    const { storage, shape, dtype, strides, offset } = asTensor("set data", "the value", value);
    storage.escaped = true;
    Object.assign(this, { storage, shape, dtype, strides, offset });
  }

  /** The printed form, laid out as PyTorch prints. */
  override toString(): string {
    return `Parameter containing:\n${super.toString()}`;
  }
}
