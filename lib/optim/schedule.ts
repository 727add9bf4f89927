/**
 * Schedules of the learning rate: call `step()` once an epoch, after the optimizer's.
 *
 * Each computes the next rate from the current one, as PyTorch does, so that several can act on one optimizer. See
 * {@link https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate}.
 */
import { asCount, asNumber, named } from "../arguments.ts";
import { describe } from "../errors.ts";
import { again } from "../watch.ts";
import { Optimizer } from "./optimizer.ts";

/** Where a schedule is, as plain data. */
export interface SchedulerState {
  /** How many times `step()` was called. */
  readonly lastEpoch: number;
  /** The rates that the schedule started from, a group each. */
  readonly baseLrs: readonly number[];
}

/** What a schedule needs to know of an optimizer. */
export type Scheduled = Pick<Optimizer, "paramGroups">;

/** The base of all schedules. */
export abstract class LRScheduler {
  /** How many times `step()` was called. */
  lastEpoch: number = -1;
  /** The rates that the schedule started from, a group each. */
  baseLrs: number[];
  /** Whose rates it sets. */
  readonly optimizer: Scheduled;

  /** Begins with the rates that the optimizer has; call {@link LRScheduler.step} at the end of the constructor. */
  constructor(optimizer: Scheduled) {
    if (!(optimizer instanceof Optimizer)) {
      throw new TypeError(
        `Cannot make ${this.constructor.name} for ${describe(optimizer)}: it takes an optimizer`,
      );
    }
    this.optimizer = optimizer;
    this.baseLrs = optimizer.paramGroups.map((group) => group.initialLr ??= group.lr);
  }

  /** The rate at epoch {@link LRScheduler.lastEpoch} of a group that has rate `lr` and started from `base`. */
  abstract next(lr: number, base: number, group: number): number;

  /** Sets the rates of the next epoch. */
  step(): void {
    again(this.constructor.name, () => {
      this.lastEpoch++;
      this.optimizer.paramGroups.forEach((group, i) => {
        group.lr = this.next(group.lr, this.baseLrs[i] ?? group.lr, i);
      });
    });
  }

  /** Begins anew: rates as at epoch 0, whatever they are now. */
  restart(): void {
    this.lastEpoch = 0;
    this.optimizer.paramGroups.forEach((group, i) => {
      const base = this.baseLrs[i] ?? group.lr;
      group.lr = this.next(base, base, i);
    });
  }

  /** The rates as they are, a group each. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr);
  }

  /** Where the schedule is. */
  stateDict(): SchedulerState {
    return { lastEpoch: this.lastEpoch, baseLrs: [...this.baseLrs] };
  }

  /** Goes to where {@link LRScheduler.stateDict} was called; the rates themselves are the optimizer's state. */
  loadStateDict(state: SchedulerState): void {
    const title = this.constructor.name, { lastEpoch, baseLrs }: Partial<SchedulerState> = state ?? {};
    const epoch = asCount(title, "lastEpoch", lastEpoch);
    if (!Array.isArray(baseLrs)) {
      throw new TypeError(
        `Cannot load baseLrs ${describe(baseLrs)} into ${title}: it must be an array of rates`,
      );
    }
    this.baseLrs = baseLrs.map((lr) => asNumber(title, "baseLrs", lr));
    this.lastEpoch = epoch;
  }
}

/** What was given of some optional arguments. */
export function given(...args: unknown[]): unknown[] {
  return args.filter((a) => a !== undefined);
}

/** One number for each group of an optimizer: what was given for all, or a list. */
export function perGroup(title: string, option: string, value: unknown, optimizer: Scheduled): number[] {
  const count = optimizer.paramGroups.length;
  const list: unknown[] = Array.isArray(value) ? value : new Array(count).fill(value);
  if (list.length !== count) {
    throw new TypeError(
      `Cannot make ${title} with ${option} ${
        describe(value)
      }: it must be a number, or one for each of ${count} groups`,
    );
  }
  return list.map((v) => asNumber(title, option, v, false));
}

/** Options of {@link StepLR}. */
export interface StepLROptions {
  /** Epochs between two changes. */
  stepSize?: number;
  /** The factor; default 0.1. */
  gamma?: number;
}

/**
 * Multiplies the rate by `gamma` every `stepSize` epochs. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html}.
 *
 * @example
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.StepLR(optimizer, 2, { gamma: 0.5 });
 * for (let epoch = 0; epoch < 4; epoch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * console.log(optimizer.paramGroups[0].lr); // 0.25
 * ```
 */
export class StepLR extends LRScheduler {
  readonly #stepSize: number;
  readonly #gamma: number;

  /** Sets when and by how much. */
  constructor(optimizer: Scheduled, stepSize: number | StepLROptions, gamma?: number | StepLROptions) {
    super(optimizer);
    const read = named<StepLROptions>("StepLR", given(stepSize, gamma), ["stepSize", "gamma"]);
    this.#stepSize = asCount("StepLR", "stepSize", read.stepSize, 1);
    this.#gamma = asNumber("StepLR", "gamma", read.gamma ?? 0.1);
    this.step();
  }

  /** The rate of the next epoch. */
  override next(lr: number): number {
    return this.lastEpoch === 0 || this.lastEpoch % this.#stepSize !== 0 ? lr : lr * this.#gamma;
  }
}

/** Options of {@link MultiStepLR}. */
export interface MultiStepLROptions {
  /** The epochs of changes. */
  milestones?: readonly number[];
  /** The factor; default 0.1. */
  gamma?: number;
}

/**
 * Multiplies the rate by `gamma` at each of the epochs `milestones`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html}.
 */
export class MultiStepLR extends LRScheduler {
  readonly #milestones: readonly number[];
  readonly #gamma: number;

  /** Sets when and by how much. */
  constructor(
    optimizer: Scheduled,
    milestones: readonly number[] | MultiStepLROptions,
    gamma?: number | MultiStepLROptions,
  ) {
    super(optimizer);
    const read = named<MultiStepLROptions>("MultiStepLR", given(milestones, gamma), ["milestones", "gamma"]);
    if (!Array.isArray(read.milestones)) {
      throw new TypeError(
        `Cannot make MultiStepLR with milestones ${
          describe(read.milestones)
        }: they must be an array of epochs`,
      );
    }
    this.#milestones = read.milestones.map((epoch) => asCount("MultiStepLR", "milestones", epoch));
    this.#gamma = asNumber("MultiStepLR", "gamma", read.gamma ?? 0.1);
    this.step();
  }

  /** The rate of the next epoch. */
  override next(lr: number): number {
    return lr * this.#gamma ** this.#milestones.filter((epoch) => epoch === this.lastEpoch).length;
  }
}

/**
 * Multiplies the rate by `gamma` every epoch. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html}.
 */
export class ExponentialLR extends LRScheduler {
  readonly #gamma: number;

  /** Sets the factor. */
  constructor(optimizer: Scheduled, gamma: number | { gamma?: number }) {
    super(optimizer);
    const read = named<{ gamma: number }>("ExponentialLR", given(gamma), ["gamma"]);
    this.#gamma = asNumber("ExponentialLR", "gamma", read.gamma);
    this.step();
  }

  /** The rate of the next epoch. */
  override next(lr: number): number {
    return this.lastEpoch === 0 ? lr : lr * this.#gamma;
  }
}

/** Options of {@link LinearLR}. */
export interface LinearLROptions {
  /** The factor at the start; default 1/3. */
  startFactor?: number;
  /** The factor at the end; default 1. */
  endFactor?: number;
  /** Epochs from the one to the other; default 5. */
  totalIters?: number;
}

/**
 * Changes the rate evenly from `startFactor` to `endFactor` times the first one: a warm-up. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html}.
 */
export class LinearLR extends LRScheduler {
  readonly #start: number;
  readonly #rise: number;
  readonly #total: number;

  /** Sets from where to where, and in how many epochs. */
  constructor(optimizer: Scheduled, ...args: (number | LinearLROptions)[]) {
    super(optimizer);
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = named<LinearLROptions>(
      "LinearLR",
      given(...args),
      [
        "startFactor",
        "endFactor",
        "totalIters",
      ],
    );
    if (!(asNumber("LinearLR", "startFactor", startFactor) > 0 && startFactor <= 1)) {
      throw new RangeError(
        `Cannot make LinearLR with startFactor ${startFactor}: it must be above 0 and at most 1`,
      );
    }
    this.#start = startFactor;
    this.#rise = asNumber("LinearLR", "endFactor", endFactor) - startFactor;
    this.#total = asCount("LinearLR", "totalIters", totalIters, 1);
    this.step();
  }

  /** The rate of the next epoch. */
  override next(lr: number): number {
    const epoch = this.lastEpoch;
    if (epoch === 0) return lr * this.#start;
    if (epoch > this.#total) return lr;
    return lr * (1 + this.#rise / (this.#total * this.#start + (epoch - 1) * this.#rise));
  }
}

/** Options of {@link ConstantLR}. */
export interface ConstantLROptions {
  /** The factor at first; default 1/3. */
  factor?: number;
  /** Epochs until the rate is the full one; default 5. */
  totalIters?: number;
}

/**
 * `factor` times the first rate for `totalIters` epochs, then the first rate. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html}.
 */
export class ConstantLR extends LRScheduler {
  readonly #factor: number;
  readonly #total: number;

  /** Sets the factor, and for how long. */
  constructor(optimizer: Scheduled, ...args: (number | ConstantLROptions)[]) {
    super(optimizer);
    const read = named<ConstantLROptions>("ConstantLR", given(...args), ["factor", "totalIters"]);
    this.#factor = asNumber("ConstantLR", "factor", read.factor ?? 1 / 3);
    this.#total = asCount("ConstantLR", "totalIters", read.totalIters ?? 5);
    this.step();
  }

  /** The rate of the next epoch. */
  override next(lr: number): number {
    return this.lastEpoch === 0 ? lr * this.#factor : this.lastEpoch === this.#total ? lr / this.#factor : lr;
  }
}

/** Options of {@link PolynomialLR}. */
export interface PolynomialLROptions {
  /** Epochs until the rate is 0; default 5. */
  totalIters?: number;
  /** The power; default 1. */
  power?: number;
}

/**
 * The first rate times (1 − epoch / totalIters) to a power. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html}.
 */
export class PolynomialLR extends LRScheduler {
  readonly #total: number;
  readonly #power: number;

  /** Sets how long, and the power. */
  constructor(optimizer: Scheduled, ...args: (number | PolynomialLROptions)[]) {
    super(optimizer);
    const read = named<PolynomialLROptions>("PolynomialLR", given(...args), ["totalIters", "power"]);
    this.#total = asCount("PolynomialLR", "totalIters", read.totalIters ?? 5, 1);
    this.#power = asNumber("PolynomialLR", "power", read.power ?? 1);
    this.step();
  }

  /** The rate of the next epoch. */
  override next(lr: number): number {
    const epoch = this.lastEpoch, total = this.#total;
    if (epoch === 0 || epoch > total) return lr;
    return lr * ((1 - epoch / total) / (1 - (epoch - 1) / total)) ** this.#power;
  }
}

/** Options of {@link CosineAnnealingLR}. */
export interface CosineAnnealingLROptions {
  /** Epochs from the highest to the lowest rate. */
  TMax?: number;
  /** The lowest rate; default 0. */
  etaMin?: number;
}

/**
 * Lowers the rate along half a cosine in `TMax` epochs (Loshchilov and Hutter 2017). See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html}.
 *
 * @example
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.CosineAnnealingLR(optimizer, 2);
 * scheduler.step();
 * console.log(optimizer.paramGroups[0].lr); // 0.5
 * ```
 */
export class CosineAnnealingLR extends LRScheduler {
  readonly #half: number;
  readonly #low: number;

  /** Sets how long and how far. */
  constructor(
    optimizer: Scheduled,
    TMax: number | CosineAnnealingLROptions,
    etaMin?: number | CosineAnnealingLROptions,
  ) {
    super(optimizer);
    const read = named<CosineAnnealingLROptions>("CosineAnnealingLR", given(TMax, etaMin), [
      "TMax",
      "etaMin",
    ]);
    this.#half = asCount("CosineAnnealingLR", "TMax", read.TMax, 1);
    this.#low = asNumber("CosineAnnealingLR", "etaMin", read.etaMin ?? 0);
    this.step();
  }

  /** The rate of the next epoch. */
  override next(lr: number, base: number): number {
    const epoch = this.lastEpoch, half = this.#half, low = this.#low;
    if (epoch === 0) return lr;
    if ((epoch - 1 - half) % (2 * half) === 0) return lr + (base - low) * (1 - Math.cos(Math.PI / half)) / 2;
    return (1 + Math.cos(Math.PI * epoch / half)) / (1 + Math.cos(Math.PI * (epoch - 1) / half)) *
        (lr - low) + low;
  }
}
