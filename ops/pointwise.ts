/** The ops that work element by element; each has an in-place twin with a trailing underscore (lib/inplace.ts). */
export * from "./activation.ts";
export * from "./arithmetic.ts";
export * from "./bounds.ts";
export * from "./comparison.ts";
export * from "./exponential.ts";
export * from "./rectifier.ts";
export * from "./rounding.ts";
export * from "./special.ts";
export * from "./trigonometric.ts";
