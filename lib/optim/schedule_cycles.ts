/** Schedules that go up and down, some with the momentum in the opposite direction. */
import { asChoice, asCount, asFlag, asNumber, named } from "../arguments.ts";
import { describe } from "../errors.ts";
import { given, LRScheduler, perGroup, type Scheduled } from "./schedule.ts";

/** Options of {@link CosineAnnealingWarmRestarts}. */
export interface CosineAnnealingWarmRestartsOptions {
  /** Epochs until the first restart. */
  T0?: number;
  /** How much longer each period is than the one before; default 1. */
  TMult?: number;
  /** The lowest rate; default 0. */
  etaMin?: number;
}

/**
 * Half a cosine from the first rate down, again and again (Loshchilov and Hutter 2017). See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html}.
 *
 * @example
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.CosineAnnealingWarmRestarts(optimizer, 2);
 * for (let i = 0; i < 2; i++) scheduler.step();
 * console.log(scheduler.getLastLr()); // [1]
 * ```
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly #first: number;
  readonly #factor: number;
  readonly #low: number;

  /** Sets how long and how far. */
  constructor(optimizer: Scheduled, ...args: (number | CosineAnnealingWarmRestartsOptions)[]) {
    super(optimizer);
    const title = "CosineAnnealingWarmRestarts";
    const read = named<CosineAnnealingWarmRestartsOptions>(title, given(...args), ["T0", "TMult", "etaMin"]);
    this.#first = asCount(title, "T0", read.T0, 1);
    this.#factor = asCount(title, "TMult", read.TMult ?? 1, 1);
    this.#low = asNumber(title, "etaMin", read.etaMin ?? 0);
    this.step();
  }

  /** The rate of the next epoch. */
  override next(_lr: number, base: number): number {
    let at = this.lastEpoch, period = this.#first;
    while (at >= period) {
      at -= period;
      period *= this.#factor;
      if (this.#factor === 1) at %= period;
    }
    return this.#low + (base - this.#low) * (1 + Math.cos(Math.PI * at / period)) / 2;
  }
}

/** One number for all groups, or one for each. */
export type PerGroup = number | readonly number[];

/** Sets the momentum of a group: Adam's is the first of its betas. */
function setMomentum(title: string, group: object, momentum: number): void {
  if ("betas" in group && Array.isArray(group.betas)) group.betas = [momentum, group.betas[1]];
  else if ("momentum" in group) group.momentum = momentum;
  else {
    throw new TypeError(
      `Cannot make ${title} with cycleMomentum: the optimizer has neither momentum nor betas; pass { cycleMomentum: false }`,
    );
  }
}

/** Options of {@link CyclicLR}. */
export interface CyclicLROptions {
  /** The lowest rate, for all groups or for each. */
  baseLr?: PerGroup;
  /** The highest rate of the first cycle. */
  maxLr?: PerGroup;
  /** Steps on the way up; default 2000. */
  stepSizeUp?: number;
  /** Steps on the way down; default as many. */
  stepSizeDown?: number | null;
  /** How high later cycles go: "triangular", "triangular2" halves them, "exp_range" takes gamma to the step. */
  mode?: "triangular" | "triangular2" | "exp_range";
  /** See mode; default 1. */
  gamma?: number;
  /** A function of one's own for how high cycles go. */
  scaleFn?: ((x: number) => number) | null;
  /** Whether it takes the cycle's number or the step's; default "cycle". */
  scaleMode?: "cycle" | "iterations";
  /** Move the momentum the other way; default true. */
  cycleMomentum?: boolean;
  /** The lowest momentum; default 0.8. */
  baseMomentum?: PerGroup;
  /** The highest momentum; default 0.9. */
  maxMomentum?: PerGroup;
}

/**
 * Up and down in straight lines, every batch a step (Smith 2017). See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html}.
 *
 * @example
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.CyclicLR(optimizer, 0, 1, { stepSizeUp: 4 });
 * scheduler.step();
 * console.log(scheduler.getLastLr()); // [0.25]
 * ```
 */
export class CyclicLR extends LRScheduler {
  readonly #high: readonly number[];
  readonly #length: number;
  readonly #rise: number;
  readonly #scale: (x: number) => number;
  readonly #byCycle: boolean;
  readonly #momentum: { low: readonly number[]; high: readonly number[] } | null;

  /** Sets from where to where, and how fast. */
  constructor(
    optimizer: Scheduled,
    baseLr: PerGroup | CyclicLROptions,
    maxLr?: PerGroup | CyclicLROptions,
    ...more: (number | CyclicLROptions)[]
  ) {
    super(optimizer);
    const title = "CyclicLR",
      read = named<CyclicLROptions>(title, given(baseLr, maxLr, ...more), [
        ...[
          "baseLr",
          "maxLr",
          "stepSizeUp",
          "stepSizeDown",
          "mode",
          "gamma",
          "scaleFn",
          "scaleMode",
        ] as const,
        ...["cycleMomentum", "baseMomentum", "maxMomentum"] as const,
      ]);
    this.baseLrs = perGroup(title, "baseLr", read.baseLr, optimizer);
    optimizer.paramGroups.forEach((group, i) => group.lr = this.baseLrs[i]);
    this.#high = perGroup(title, "maxLr", read.maxLr, optimizer);
    const up = asNumber(title, "stepSizeUp", read.stepSizeUp ?? 2000, false);
    const down = asNumber(title, "stepSizeDown", read.stepSizeDown ?? up, false);
    if (!(up > 0 && down >= 0)) {
      throw new RangeError(`Cannot make CyclicLR with stepSizeUp ${up}: it must be above 0`);
    }
    this.#length = up + down;
    this.#rise = up / this.#length;
    const gamma = asNumber(title, "gamma", read.gamma ?? 1);
    const mode = asChoice(title, "mode", read.mode ?? "triangular", [
      "triangular",
      "triangular2",
      "exp_range",
    ]);
    const { scaleFn } = read;
    if (scaleFn && typeof scaleFn !== "function") {
      throw new TypeError(`Cannot make CyclicLR with scaleFn ${describe(scaleFn)}: it must be a function`);
    }
    this.#scale = scaleFn ??
      {
        triangular: () => 1,
        triangular2: (x: number) => 1 / 2 ** (x - 1),
        exp_range: (x: number) => gamma ** x,
      }[mode];
    this.#byCycle = scaleFn
      ? asChoice(title, "scaleMode", read.scaleMode ?? "cycle", ["cycle", "iterations"]) === "cycle"
      : mode !== "exp_range";
    this.#momentum = asFlag(title, "cycleMomentum", read.cycleMomentum ?? true)
      ? {
        low: perGroup(title, "baseMomentum", read.baseMomentum ?? 0.8, optimizer),
        high: perGroup(title, "maxMomentum", read.maxMomentum ?? 0.9, optimizer),
      }
      : null;
    this.step();
  }

  /** The rate of the next step; sets the momentum. */
  override next(_lr: number, base: number, i: number): number {
    const step = this.lastEpoch,
      cycle = Math.floor(1 + step / this.#length),
      at = 1 + step / this.#length - cycle;
    const height = (at <= this.#rise ? at / this.#rise : (at - 1) / (this.#rise - 1)) *
      this.#scale(this.#byCycle ? cycle : step);
    if (this.#momentum) {
      const { low, high } = this.#momentum;
      setMomentum("CyclicLR", this.optimizer.paramGroups[i], high[i] - (high[i] - low[i]) * height);
    }
    return base + (this.#high[i] - base) * height;
  }
}

/** Options of {@link OneCycleLR}. */
export interface OneCycleLROptions {
  /** The highest rate, for all groups or for each. */
  maxLr?: PerGroup;
  /** How many steps there will be; or give epochs and stepsPerEpoch. */
  totalSteps?: number | null;
  /** See totalSteps. */
  epochs?: number | null;
  /** See totalSteps. */
  stepsPerEpoch?: number | null;
  /** The share of steps on the way up; default 0.3. */
  pctStart?: number;
  /** Along half a cosine or a line; default "cos". */
  annealStrategy?: "cos" | "linear";
  /** Move the momentum the other way; default true. */
  cycleMomentum?: boolean;
  /** The lowest momentum; default 0.85. */
  baseMomentum?: PerGroup;
  /** The highest momentum; default 0.95. */
  maxMomentum?: PerGroup;
  /** The first rate is maxLr / divFactor; default 25. */
  divFactor?: number;
  /** The last rate is the first / finalDivFactor; default 1e4. */
  finalDivFactor?: number;
  /** Go down to the first rate as long as up, then to the last; default false. */
  threePhase?: boolean;
}

/** A stretch of {@link OneCycleLR}: until which step, and from where to where. */
interface Phase {
  readonly end: number;
  readonly lr: readonly [from: number, to: number][];
  readonly momentum: readonly [from: number, to: number][];
}

/**
 * One cycle for the whole training: up, then down to almost nothing (Smith and Topin 2018). See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html}.
 *
 * @throws {RangeError} when step() is called more often than there are steps.
 *
 * @example
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, 0.5, { totalSteps: 100 });
 * console.log(scheduler.getLastLr()); // [0.02]
 * ```
 */
export class OneCycleLR extends LRScheduler {
  readonly #total: number;
  readonly #phases: readonly Phase[];
  readonly #linear: boolean;
  readonly #cycleMomentum: boolean;

  /** Sets how high, and for how long. */
  constructor(
    optimizer: Scheduled,
    maxLr: PerGroup | OneCycleLROptions,
    ...more: (number | OneCycleLROptions)[]
  ) {
    super(optimizer);
    const title = "OneCycleLR",
      read = named<OneCycleLROptions>(title, given(maxLr, ...more), [
        ...[
          "maxLr",
          "totalSteps",
          "epochs",
          "stepsPerEpoch",
          "pctStart",
          "annealStrategy",
          "cycleMomentum",
        ] as const,
        ...["baseMomentum", "maxMomentum", "divFactor", "finalDivFactor", "threePhase"] as const,
      ]);
    const { totalSteps = null, epochs, stepsPerEpoch } = read;
    this.#total = totalSteps === null
      ? asCount(title, "epochs", epochs, 1) * asCount(title, "stepsPerEpoch", stepsPerEpoch, 1)
      : asCount(title, "totalSteps", totalSteps, 1);
    const share = asNumber(title, "pctStart", read.pctStart ?? 0.3, false);
    if (!(share >= 0 && share <= 1)) {
      throw new RangeError(`Cannot make OneCycleLR with pctStart ${share}: it must be from 0 to 1`);
    }
    this.#linear =
      asChoice(title, "annealStrategy", read.annealStrategy ?? "cos", ["cos", "linear"]) === "linear";
    this.#cycleMomentum = asFlag(title, "cycleMomentum", read.cycleMomentum ?? true);
    const high = perGroup(title, "maxLr", read.maxLr, optimizer);
    const div = asNumber(title, "divFactor", read.divFactor ?? 25),
      final = asNumber(title, "finalDivFactor", read.finalDivFactor ?? 1e4);
    this.baseLrs = high.map((lr) => lr / div);
    const last = this.baseLrs.map((lr) => lr / final);
    const low = perGroup(title, "baseMomentum", read.baseMomentum ?? 0.85, optimizer);
    const top = perGroup(title, "maxMomentum", read.maxMomentum ?? 0.95, optimizer);
    const pairs = (a: readonly number[], b: readonly number[]) =>
      a.map((v, i): [number, number] => [v, b[i]]);
    const up = { end: share * this.#total - 1, lr: pairs(this.baseLrs, high), momentum: pairs(top, low) };
    const still = pairs(top, top), end = this.#total - 1;
    this.#phases = asFlag(title, "threePhase", read.threePhase ?? false)
      ? [
        up,
        { end: 2 * share * this.#total - 2, lr: pairs(high, this.baseLrs), momentum: pairs(low, top) },
        { end, lr: pairs(this.baseLrs, last), momentum: still },
      ]
      : [up, { end, lr: pairs(high, last), momentum: pairs(low, top) }];
    this.step();
  }

  /** The rate of the next step; sets the momentum. */
  override next(_lr: number, _base: number, i: number): number {
    const step = this.lastEpoch;
    if (step > this.#total) {
      throw new RangeError(`Cannot step OneCycleLR ${step + 1} times: it was made for ${this.#total} steps`);
    }
    let start = 0, k = 0;
    while (k < this.#phases.length - 1 && step > this.#phases[k].end) start = this.#phases[k++].end;
    const { end, lr, momentum } = this.#phases[k], at = (step - start) / (end - start);
    if (this.#cycleMomentum) {
      setMomentum("OneCycleLR", this.optimizer.paramGroups[i], this.#between(momentum[i], at));
    }
    return this.#between(lr[i], at);
  }

  #between([from, to]: readonly [number, number], at: number): number {
    return this.#linear ? from + (to - from) * at : to + (from - to) / 2 * (1 + Math.cos(Math.PI * at));
  }
}
