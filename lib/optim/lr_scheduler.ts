/** `optim.lrScheduler`: schedules of the learning rate. */
export {
  ConstantLR,
  type ConstantLROptions,
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  ExponentialLR,
  LinearLR,
  type LinearLROptions,
  LRScheduler,
  MultiStepLR,
  type MultiStepLROptions,
  PolynomialLR,
  type PolynomialLROptions,
  type Scheduled,
  type SchedulerState,
  StepLR,
  type StepLROptions,
} from "./schedule.ts";
export * from "./schedule_cycles.ts";
export * from "./schedule_functions.ts";
export * from "./schedule_plateau.ts";
