/** The checks that the functions behind layers share: float inputs, and weights that fit them. */
import { isFloat } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { sameShape, type Shape, show } from "./shape.ts";
import { asTensor, type Tensor } from "./tensor.ts";

/** Checks that an argument is a tensor of a float dtype. */
export function asFloats(name: string, value: unknown, what = "the input"): Tensor {
  const x = asTensor(`call ${name}()`, what, value);
  if (isFloat(x.dtype)) return x;
  throw new TypeError(
    `Cannot call ${name}() with ${what} of dtype ${x.dtype}: it must be float32 or float64; use .float()`,
  );
}

/** Checks an optional tensor that belongs to `x`: null if there is none, else of its dtype and of shape `shape`. */
export function asPartner(
  name: string,
  what: string,
  value: unknown,
  x: Tensor,
  shape: Shape,
): Tensor | null {
  if (value === null || value === undefined) return null;
  const partner = asTensor(`call ${name}()`, what, value);
  if (partner.dtype !== x.dtype) {
    throw new TypeError(
      `Cannot call ${name}() on dtype ${x.dtype} with ${what} of dtype ${partner.dtype}: they must be equal; use .to()`,
    );
  }
  if (sameShape(partner.shape, shape)) return partner;
  throw new ShapeError(
    `Cannot call ${name}() on ${show(x.shape)} with ${what} of shape ${show(partner.shape)}: it must be ${
      show(shape)
    }`,
  );
}
