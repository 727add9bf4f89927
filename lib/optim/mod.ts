/** `optim`: optimizers, and schedules of their learning rates. */
export * from "./adam.ts";
export * from "./optimizer.ts";
export * from "./sgd.ts";
/** Schedules of the learning rate. */
export * as lrScheduler from "./lr_scheduler.ts";
