/** Parameters and buffers as layers begin with them. */
import type { DType } from "../dtype.ts";
import type { Shape } from "../shape.ts";
import { empty, type Tensor } from "../tensor.ts";
import { constant_ } from "./init.ts";
import { Parameter } from "./parameter.ts";

/** A parameter whose numbers are still to be drawn. */
export function parameter(shape: Shape, dtype: DType): Parameter {
  return new Parameter(empty(shape, dtype));
}

/** A parameter of equal numbers. */
export function parameterOf(value: number, shape: Shape, dtype: DType): Parameter {
  return new Parameter(filled(value, shape, dtype));
}

/** A tensor of equal numbers. */
export function filled(value: number, shape: Shape, dtype: DType): Tensor {
  return constant_(empty(shape, dtype), value);
}
