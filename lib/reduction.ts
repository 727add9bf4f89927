/** The arguments that all reductions share. */
import { asFlag, named } from "./arguments.ts";
import { asDType, type DType } from "./dtype.ts";
import { type Dims, reducedShape, resolveDims, type Shape } from "./shape.ts";
import { asTensor, type Tensor } from "./tensor.ts";

/** Options of a reduction. */
export interface ReduceOptions {
  /** The dimension or dimensions to reduce; default: all. */
  dim?: Dims | null;
  /** Keep reduced dimensions with size 1; default false. */
  keepdim?: boolean;
  /** Convert to this dtype first. */
  dtype?: DType;
}

/** A reduction with its arguments checked: `dims` sorted, each once. */
export interface Reduction {
  readonly x: Tensor;
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

/** Reads and checks the arguments of reduction `name`. */
export function reduction(name: string, x: Tensor, args: readonly unknown[]): Reduction {
  const { dim, keepdim = false, dtype } = named<ReduceOptions>(name, args, ["dim", "keepdim"], ["dtype"]);
  const input = asTensor(`call ${name}()`, "the input", x);
  const dims = resolveDims(`call ${name}()`, dim, input.shape);
  if (dims.length > 1) dims.sort((a, b) => a - b);
  return {
    x: dtype === undefined ? input : input.to(asDType(`call ${name}()`, dtype)),
    dims,
    keepdim: asFlag(name, "keepdim", keepdim),
  };
}

/** What reductions remember for their gradients. */
export interface DimParams {
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

/** Gives a reduced tensor its reduced dimensions back, with size 1. */
export function restore(y: Tensor, shape: Shape, { dims, keepdim }: DimParams): Tensor {
  return keepdim ? y : y.reshape(reducedShape(shape, dims, true));
}
