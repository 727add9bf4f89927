/** `optim`: optimizers, and schedules of their learning rates. */
export * from "./adadelta.ts";
export {
  Adagrad,
  AdagradDA,
  type AdagradDAOptions,
  type AdagradDAState,
  type AdagradOptions,
  type AdagradState,
} from "./adagrad.ts";
export * from "./adam.ts";
export * from "./adam_family.ts";
export {
  Optimizer,
  type OptimizerOptions,
  type OptimizerState,
  type ParamGroup,
  type ParamGroupOptions,
  type Params,
  type State,
} from "./optimizer.ts";
export { LBFGS, type LBFGSOptions } from "./lbfgs.ts";
export * from "./rprop.ts";
export * from "./sgd.ts";
/** Schedules of the learning rate. */
export * as lrScheduler from "./lr_scheduler.ts";
/** Averages of a model's weights over its training. */
export * as swaUtils from "./swa.ts";
