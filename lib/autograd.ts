/** The names of torch.autograd. */
export { detectAnomaly, enableGrad, inferenceMode, noGrad } from "./grad_mode.ts";
export { backward, type BackwardOptions, grad, type GradOptions } from "./backward.ts";
export { Function, FunctionContext, type FunctionGradient, type FunctionOutput } from "./function.ts";
export { gradcheck, gradgradcheck } from "./gradcheck.ts";
