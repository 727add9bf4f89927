/** `special`: a list of ops under the namespace that PyTorch has them in. */
export { erf } from "./error_function.ts";
export { exp2, expm1, log1p, logit, sigmoid as expit, xlogy } from "./exponential.ts";
export { logsumexp } from "./reduce.ts";
export { round } from "./rounding.ts";
export { logSoftmax, softmax } from "./softmax.ts";
export { sinc } from "./trigonometric.ts";
