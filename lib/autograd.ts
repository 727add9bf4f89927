/** The names of torch.autograd. */
export {
  backward,
  type BackwardOptions,
  detectAnomaly,
  enableGrad,
  grad,
  type GradOptions,
  inferenceMode,
  noGrad,
} from "./tape.ts";
export { Function, FunctionContext, type FunctionGradient, type FunctionOutput } from "./function.ts";
export { gradcheck, gradgradcheck } from "./gradcheck.ts";
