/** `fft`: a list of ops under the namespace that PyTorch has them in. */
export * from "./shift.ts";
