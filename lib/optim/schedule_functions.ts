/** Schedules that are functions of the user's, and schedules made of others. */

import { asCount, named } from "../arguments.ts";
import { describe } from "../errors.ts";
import { again } from "../watch.ts";
import { LRScheduler, type Scheduled } from "./schedule.ts";

/** A factor of the rate at an epoch. */
export type LrLambda = (epoch: number) => number;

/** One function for all groups, or one for each. */
export type LrLambdas = LrLambda | readonly LrLambda[] | { lrLambda?: LrLambda | readonly LrLambda[] };

function lambdasOf(title: string, optimizer: Scheduled, given: LrLambdas): readonly LrLambda[] {
  const { lrLambda } = named<{ lrLambda: LrLambda | readonly LrLambda[] }>(title, [given], ["lrLambda"]);
  const count = optimizer.paramGroups.length;
  const list: readonly LrLambda[] = Array.isArray(lrLambda) ? lrLambda : new Array(count).fill(lrLambda);
  if (list.length === count && list.every((f) => typeof f === "function")) return list;
  throw new TypeError(
    `Cannot make ${title} with ${
      describe(lrLambda)
    }: it takes a function, or one for each of ${count} groups`,
  );
}

/**
 * The first rate times a function of the epoch; one function, or one for each group. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html}.
 *
 * @example
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.LambdaLR(optimizer, (epoch) => 1 / (1 + epoch));
 * scheduler.step();
 * console.log(scheduler.getLastLr()); // [0.5]
 * ```
 */
export class LambdaLR extends LRScheduler {
  readonly #lambdas: readonly LrLambda[];

  /** Sets the function. */
  constructor(optimizer: Scheduled, lrLambda: LrLambdas) {
    super(optimizer);
    this.#lambdas = lambdasOf("LambdaLR", optimizer, lrLambda);
    this.step();
  }

  /** The rate of the next epoch. */
  override next(_lr: number, base: number, group: number): number {
    return base * this.#lambdas[group](this.lastEpoch);
  }
}

/**
 * The rate times a function of the epoch, every epoch anew. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html}.
 *
 * @example
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.MultiplicativeLR(optimizer, () => 0.5);
 * scheduler.step();
 * scheduler.step();
 * console.log(scheduler.getLastLr()); // [0.25]
 * ```
 */
export class MultiplicativeLR extends LRScheduler {
  readonly #lambdas: readonly LrLambda[];

  /** Sets the function. */
  constructor(optimizer: Scheduled, lrLambda: LrLambdas) {
    super(optimizer);
    this.#lambdas = lambdasOf("MultiplicativeLR", optimizer, lrLambda);
    this.step();
  }

  /** The rate of the next epoch. */
  override next(lr: number, _base: number, group: number): number {
    return this.lastEpoch === 0 ? lr : lr * this.#lambdas[group](this.lastEpoch);
  }
}

/** Where a schedule made of others is: where each of them is. */
export interface JointState {
  /** How many times `step()` was called. */
  readonly lastEpoch: number;
  /** The states of the parts. */
  readonly schedulers: readonly unknown[];
}

/** The base of schedules made of others, all of one optimizer. */
abstract class Joint {
  /** How many times `step()` was called. */
  lastEpoch = 0;
  /** Whose rates they set. */
  readonly optimizer: Scheduled;

  /** Takes the parts. */
  constructor(title: string, readonly schedulers: readonly LRScheduler[], optimizer?: Scheduled) {
    if (
      !Array.isArray(schedulers) || schedulers.length === 0 ||
      !schedulers.every((s) => s instanceof LRScheduler)
    ) {
      throw new TypeError(`Cannot make ${title} of ${describe(schedulers)}: it takes an array of schedulers`);
    }
    this.optimizer = optimizer ?? schedulers[0].optimizer;
    if (schedulers.some((s) => s.optimizer !== this.optimizer)) {
      throw new TypeError(`Cannot make ${title}: all schedulers must be of the same optimizer`);
    }
  }

  /** Sets the rates of the next epoch. */
  abstract step(): void;

  /** The rates as they are, a group each. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr);
  }

  /** Where the schedule is. */
  stateDict(): JointState {
    return { lastEpoch: this.lastEpoch, schedulers: this.schedulers.map((s) => s.stateDict()) };
  }

  /** Goes to where {@link JointState} was taken; the rates themselves are the optimizer's state. */
  loadStateDict(state: JointState): void {
    const title = this.constructor.name, { lastEpoch, schedulers }: Partial<JointState> = state ?? {};
    const epoch = asCount(title, "lastEpoch", lastEpoch);
    if (!Array.isArray(schedulers) || schedulers.length !== this.schedulers.length) {
      throw new TypeError(
        `Cannot load schedulers ${
          describe(schedulers)
        } into ${title}: it must be ${this.schedulers.length} states`,
      );
    }
    this.schedulers.forEach((s, i) => s.loadStateDict(schedulers[i]));
    this.lastEpoch = epoch;
  }
}

/**
 * Several schedules at once: their factors multiply. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html}.
 *
 * @example
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 }), { lrScheduler } = optim;
 * const scheduler = new lrScheduler.ChainedScheduler([
 *   new lrScheduler.ConstantLR(optimizer, 0.1, { totalIters: 2 }),
 *   new lrScheduler.ExponentialLR(optimizer, 0.9),
 * ]);
 * scheduler.step();
 * console.log(scheduler.getLastLr()[0].toFixed(3)); // 0.090
 * ```
 */
export class ChainedScheduler extends Joint {
  /** Takes the schedules. */
  constructor(schedulers: readonly LRScheduler[]) {
    super("ChainedScheduler", schedulers);
  }

  /** Steps all. */
  override step(): void {
    again("ChainedScheduler", () => {
      this.lastEpoch++;
      for (const scheduler of this.schedulers) scheduler.step();
    });
  }
}

/**
 * One schedule after another: the next begins at its milestone, from the first rate. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html}.
 *
 * @example A warm-up, then a decay
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 }), { lrScheduler } = optim;
 * const warmUp = new lrScheduler.ConstantLR(optimizer, 0.1, { totalIters: 2 });
 * const decay = new lrScheduler.ExponentialLR(optimizer, 0.9);
 * const scheduler = new lrScheduler.SequentialLR(optimizer, [warmUp, decay], [2]);
 * console.log(scheduler.getLastLr()); // [0.1]
 * ```
 */
export class SequentialLR extends Joint {
  readonly #milestones: readonly number[];

  /** Takes the schedules, and the epochs at which all but the first begin. */
  constructor(
    optimizer: Scheduled,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[] | { milestones?: readonly number[] },
  ) {
    super("SequentialLR", schedulers, optimizer);
    const list =
      named<{ milestones: readonly number[] }>("SequentialLR", [milestones], ["milestones"]).milestones;
    if (!Array.isArray(list) || list.length !== schedulers.length - 1) {
      throw new TypeError(
        `Cannot make SequentialLR with milestones ${describe(list)}: ${schedulers.length} schedulers need ${
          schedulers.length - 1
        }`,
      );
    }
    this.#milestones = list.map((epoch) => asCount("SequentialLR", "milestones", epoch));
    schedulers[0].restart(); // the others have set the rate when they were made
  }

  /** Steps the schedule whose turn it is. */
  override step(): void {
    again("SequentialLR", () => {
      const epoch = ++this.lastEpoch, turn = this.#milestones.filter((m) => m <= epoch).length;
      if (turn > 0 && this.#milestones[turn - 1] === epoch) this.schedulers[turn].restart();
      else this.schedulers[turn].step();
    });
  }
}
