/** The ops that work element by element; each has an in-place twin with a trailing underscore (lib/inplace.ts). */
export * from "./activation.ts";
export * from "./arithmetic.ts";
export { i0 } from "./bessel.ts";
export * from "./bitwise.ts";
export * from "./bounds.ts";
export * from "./comparison.ts";
export { erf, erfc, erfinv } from "./error_function.ts";
export * from "./exponential.ts";
export { floatPower, ldexp, logaddexp2, nanToNum, type NanToNumOptions } from "./float.ts";
export * from "./gamma.ts";
export * from "./rectifier.ts";
export * from "./remainder.ts";
export * from "./rounding.ts";
export * from "./sign.ts";
export * from "./trigonometric.ts";
