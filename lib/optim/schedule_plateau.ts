/** Lowering the rate when a measure stops improving. */
import { asChoice, asCount, asNumber, named } from "../arguments.ts";
import { describe } from "../errors.ts";
import { again } from "../watch.ts";
import { Optimizer } from "./optimizer.ts";
import { given, type Scheduled } from "./schedule.ts";

/** Options of {@link ReduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions {
  /** Whether smaller is better; default "min". */
  mode?: "min" | "max";
  /** What the rate is multiplied by; default 0.1. */
  factor?: number;
  /** Epochs without improvement that are put up with; default 10. */
  patience?: number;
  /** How much better counts as better; default 1e-4. */
  threshold?: number;
  /** Of the best, or as it is; default "rel". */
  thresholdMode?: "rel" | "abs";
  /** Epochs after a reduction in which none is counted; default 0. */
  cooldown?: number;
  /** The lowest rate, for all groups or for each; default 0. */
  minLr?: number | readonly number[];
  /** Changes smaller than this are not made; default 1e-8. */
  eps?: number;
}

/** Where {@link ReduceLROnPlateau} is, as plain data. */
export interface PlateauState {
  /** The best measure so far. */
  readonly best: number;
  /** Epochs since. */
  readonly badEpochs: number;
  /** Epochs of cooldown left. */
  readonly cooling: number;
  /** How many times `step()` was called. */
  readonly lastEpoch: number;
}

/**
 * Multiplies the rate by `factor` after `patience` epochs in which the measure given to step() did not improve. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html}.
 *
 * @example
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5 });
 * for (const loss of [3, 2, 2]) scheduler.step(loss);
 * console.log(scheduler.getLastLr()); // [0.5]
 * ```
 */
export class ReduceLROnPlateau {
  /** Whose rates it sets. */
  readonly optimizer: Scheduled;
  readonly #options: Required<Omit<ReduceLROnPlateauOptions, "minLr">>;
  readonly #least: readonly number[];
  #state: PlateauState;

  /** Sets when and by how much. */
  constructor(optimizer: Scheduled, ...args: (string | number | ReduceLROnPlateauOptions)[]) {
    const title = "ReduceLROnPlateau";
    if (!(optimizer instanceof Optimizer)) {
      throw new TypeError(`Cannot make ${title} for ${describe(optimizer)}: it takes an optimizer`);
    }
    this.optimizer = optimizer;
    const names = [
      "mode",
      "factor",
      "patience",
      "threshold",
      "thresholdMode",
      "cooldown",
      "minLr",
      "eps",
    ] as const;
    const { minLr = 0, ...read } = named<ReduceLROnPlateauOptions>(title, given(...args), names);
    const o = this.#options = {
      ...{
        mode: "min",
        factor: 0.1,
        patience: 10,
        threshold: 1e-4,
        thresholdMode: "rel",
        cooldown: 0,
        eps: 1e-8,
      },
      ...read,
    } as Required<ReduceLROnPlateauOptions>;
    asChoice(title, "mode", o.mode, ["min", "max"]);
    asChoice(title, "thresholdMode", o.thresholdMode, ["rel", "abs"]);
    for (const key of ["factor", "threshold", "eps"] as const) asNumber(title, key, o[key], false);
    for (const key of ["patience", "cooldown"] as const) asCount(title, key, o[key]);
    if (o.factor >= 1) {
      throw new RangeError(`Cannot make ${title} with factor ${o.factor}: it must be below 1`);
    }
    const count = optimizer.paramGroups.length;
    this.#least = (Array.isArray(minLr) ? minLr : new Array(count).fill(minLr)).map((lr) =>
      asNumber(title, "minLr", lr)
    );
    this.#state = { best: o.mode === "min" ? Infinity : -Infinity, badEpochs: 0, cooling: 0, lastEpoch: 0 };
  }

  /** Takes up the measure of the last epoch, a number or a tensor of one element; an epoch without one changes nothing. */
  step(metrics?: number | { item(): number }): void {
    if (metrics !== undefined) again("ReduceLROnPlateau", () => this.#take(metrics));
  }

  #take(metrics: number | { item(): number }): void {
    const value = typeof metrics === "object" ? metrics?.item?.() : metrics;
    asNumber("step", "metrics", value);
    const { patience, cooldown } = this.#options;
    let { best, badEpochs, cooling, lastEpoch } = this.#state;
    if (this.#isBetter(value, best)) [best, badEpochs] = [value, 0];
    else badEpochs++;
    if (cooling > 0) [cooling, badEpochs] = [cooling - 1, 0];
    if (badEpochs > patience) {
      this.#reduce();
      [cooling, badEpochs] = [cooldown, 0];
    }
    this.#state = { best, badEpochs, cooling, lastEpoch: ++lastEpoch };
  }

  #isBetter(value: number, best: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options, sign = mode === "min" ? -1 : 1;
    const goal = thresholdMode === "rel" ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === "min" ? value < goal : value > goal;
  }

  #reduce(): void {
    const { factor, eps } = this.#options;
    this.optimizer.paramGroups.forEach((group, i) => {
      const lr = Math.max(group.lr * factor, this.#least[i]);
      if (group.lr - lr > eps) group.lr = lr;
    });
  }

  /** The rates as they are, a group each. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr);
  }

  /** Where the schedule is. */
  stateDict(): PlateauState {
    return this.#state;
  }

  /** Goes to where {@link ReduceLROnPlateau.stateDict} was called. */
  loadStateDict(state: PlateauState): void {
    const title = "ReduceLROnPlateau",
      { best, badEpochs, cooling, lastEpoch }: Partial<PlateauState> = state ?? {};
    this.#state = {
      best: asNumber(title, "best", best),
      badEpochs: asCount(title, "badEpochs", badEpochs),
      cooling: asCount(title, "cooling", cooling),
      lastEpoch: asCount(title, "lastEpoch", lastEpoch),
    };
  }
}
