/**
 * `optim.swaUtils`: averages of a model's weights over its training, which often predict better than the last ones.
 * See {@link https://pytorch.org/docs/stable/optim.html#weight-averaging-swa-and-ema}.
 */
import { asChoice, asCount, asFlag, asNumber, named, type Optional } from "../arguments.ts";
import { describe, ShapeError } from "../errors.ts";
import { noGrad } from "../grad_mode.ts";
import { BatchNorm } from "../nn/batch_norm.ts";
import { filled } from "../nn/fresh.ts";
import { Module } from "../nn/module.ts";
import { sameShape, show } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { given, LRScheduler, perGroup, type Scheduled } from "./schedule.ts";

/** The next average of a parameter, from the average so far, the model's, and how many went into the average. */
export type AvgFn = (averaged: Tensor, current: Tensor, numAveraged: number) => Tensor;

/** As {@link AvgFn} for all parameters at once, changing the averages. */
export type MultiAvgFn = (
  averaged: readonly Tensor[],
  current: readonly Tensor[],
  numAveraged: number,
) => void;

/** Equal weights for all that were averaged: a + (x − a) / (n + 1). */
export function getSwaAvgFn(): AvgFn {
  return (averaged, current, numAveraged) => averaged.add(current.sub(averaged).div(numAveraged + 1));
}

/**
 * An exponential moving average: decay · a + (1 − decay) · x.
 *
 * @throws {RangeError} unless the decay is from 0 to 1.
 *
 * @example
 * ```ts
 * import { nn, optim } from "@dinograd/dinograd";
 *
 * const { AveragedModel, getEmaAvgFn } = optim.swaUtils;
 * const average = new AveragedModel(new nn.Linear(2, 1), { avgFn: getEmaAvgFn(0.99) });
 * ```
 */
export function getEmaAvgFn(decay = 0.999): AvgFn {
  asDecay("getEmaAvgFn", decay);
  return (averaged, current) => averaged.mul(decay).add(current.mul(1 - decay));
}

/** As {@link getSwaAvgFn}, for `multiAvgFn`. */
export function getSwaMultiAvgFn(): MultiAvgFn {
  return (averaged, current, numAveraged) =>
    averaged.forEach((a, i) => a.copy_(a.lerp(current[i], 1 / (numAveraged + 1))));
}

/** As {@link getEmaAvgFn}, for `multiAvgFn`. */
export function getEmaMultiAvgFn(decay = 0.999): MultiAvgFn {
  asDecay("getEmaMultiAvgFn", decay);
  return (averaged, current) => averaged.forEach((a, i) => a.copy_(a.lerp(current[i], 1 - decay)));
}

function asDecay(name: string, decay: unknown): void {
  if (asNumber(name, "decay", decay, false) >= 0 && Number(decay) <= 1) return;
  throw new RangeError(`Cannot call ${name}() with decay ${decay}: it must be from 0 to 1`);
}

/** Options of {@link AveragedModel}. */
export interface AveragedModelOptions {
  /** Ignored: there is one device. */
  device?: unknown;
  /** How a parameter is averaged; default {@link getSwaAvgFn}. */
  avgFn?: AvgFn | null;
  /** The same for all parameters at once, instead of `avgFn`. */
  multiAvgFn?: MultiAvgFn | null;
  /** Average the buffers, too, instead of copying them; default false. */
  useBuffers?: boolean;
}

/**
 * A copy of a model that averages its parameters: stochastic weight averaging (Izmailov et al. 2018) or, with
 * `avgFn: getEmaAvgFn(0.999)`, an exponential moving average. The first call of `updateParameters` copies. Buffers such as
 * batch norm's figures are copied each time; see {@link updateBn} for how to compute them anew.
 *
 * @throws {TypeError} if not made of a module.
 *
 * @example
 * ```ts
 * import { nn, noGrad, optim } from "@dinograd/dinograd";
 *
 * const model = new nn.Linear(1, 1), average = new optim.swaUtils.AveragedModel(model);
 * for (const bias of [1, 2, 6]) {
 *   noGrad(() => model.bias!.fill_(bias)); // as a step of training would
 *   average.updateParameters(model);
 * }
 * console.log(average.module.bias!.item(), average.nAveraged.item()); // 3 3
 * ```
 */
export class AveragedModel<M extends Module = Module> extends Module {
  /** The model with the averages. */
  readonly module: M;
  /** How many models went into the averages: a buffer of one number. */
  declare nAveraged: Tensor;
  /** How a parameter is averaged, or null. */
  readonly avgFn: AvgFn | null;
  /** How all are averaged, or null. */
  readonly multiAvgFn: MultiAvgFn | null;
  /** Whether buffers are averaged. */
  readonly useBuffers: boolean;

  /** Copies a model. */
  constructor(model: M, ...options: Optional<AveragedModelOptions>) {
    super();
    if (!(model instanceof Module)) {
      throw new TypeError(`Cannot make an AveragedModel of ${describe(model)}: it takes a module`);
    }
    const { avgFn = null, multiAvgFn = null, useBuffers = false } = named<AveragedModelOptions>(
      "AveragedModel",
      options,
      ["device", "avgFn", "multiAvgFn", "useBuffers"],
    );
    if (avgFn && multiAvgFn) {
      throw new TypeError("Cannot make an AveragedModel with avgFn and multiAvgFn: it takes one of them");
    }
    for (const [name, value] of Object.entries({ avgFn, multiAvgFn })) {
      if (value === null || typeof value === "function") continue;
      throw new TypeError(
        `Cannot make an AveragedModel with ${name} ${describe(value)}: it must be a function`,
      );
    }
    this.module = model.clone();
    this.registerBuffer("nAveraged", filled(0, [], "int32"));
    this.multiAvgFn = multiAvgFn;
    this.avgFn = multiAvgFn ? null : avgFn ?? getSwaAvgFn();
    this.useBuffers = asFlag("AveragedModel", "useBuffers", useBuffers);
  }

  /** What the averaged model gives. */
  override forward(...inputs: Parameters<M["forward"]>): ReturnType<M["forward"]> {
    return this.module.forward(...inputs);
  }

  /**
   * Takes the parameters of `model` into the averages.
   *
   * @throws {TypeError} if it has other parameters than the one that was copied.
   */
  updateParameters(model: Module): void {
    if (!(model instanceof Module)) {
      throw new TypeError(`Cannot call updateParameters() with ${describe(model)}: it takes a module`);
    }
    noGrad(() => {
      const tensors = (from: Module) => [...from.parameters(), ...this.useBuffers ? from.buffers() : []];
      const count = this.nAveraged.item(), averaged = tensors(this.module).map((x) => x.detach());
      const current = paired(averaged, tensors(model));
      if (count === 0) averaged.forEach((a, i) => a.copy_(current[i]));
      else if (this.multiAvgFn) this.multiAvgFn(averaged, current, count);
      else if (this.avgFn) {
        for (const [i, a] of averaged.entries()) a.copy_(this.avgFn(a, current[i], count));
      }
      if (!this.useBuffers) {
        const own = [...this.module.buffers()];
        paired(own, [...model.buffers()]).forEach((x, i) => own[i].copy_(x));
      }
      this.nAveraged.add_(1);
    });
  }
}

/** Those of the model, off the tape, checked to be like those of the average. */
function paired(averaged: readonly Tensor[], current: readonly Tensor[]): Tensor[] {
  const title = "Cannot call updateParameters() with another model";
  if (averaged.length !== current.length) {
    throw new TypeError(`${title}: it has ${current.length} tensors, they must be ${averaged.length}`);
  }
  return current.map((x, i) => {
    const { shape } = averaged[i];
    if (sameShape(x.shape, shape)) return x.detach();
    throw new ShapeError(`${title}: tensor ${i} has shape ${show(x.shape)}, it must be ${show(shape)}`);
  });
}

/**
 * Computes the figures of all batch norm layers anew, as plain averages over the batches of `loader`: those of averaged
 * weights are not the average of the figures. Of a batch that is an array, the first item is the input.
 *
 * @throws {TypeError} if `loader` cannot be iterated over, or gives something else than tensors.
 *
 * @example
 * ```ts
 * import { nn, optim, tensor } from "@dinograd/dinograd";
 *
 * const model = new nn.Sequential(new nn.BatchNorm1d(1));
 * await optim.swaUtils.updateBn([tensor([[1], [3]]), tensor([[3], [5]])], model);
 * console.log(model.stateDict()["0.running_mean"].toArray()); // [3]
 * ```
 */
export async function updateBn(
  loader: Iterable<unknown> | AsyncIterable<unknown>,
  model: Module,
  _device?: unknown,
): Promise<void> {
  if (!(model instanceof Module)) {
    throw new TypeError(`Cannot call updateBn() on ${describe(model)}: it takes a module`);
  }
  if (typeof loader !== "object" || !(Symbol.iterator in loader || Symbol.asyncIterator in loader)) {
    throw new TypeError(`Cannot call updateBn() with ${describe(loader)}: it takes a loader of batches`);
  }
  const layers = [...model.modules()].filter((layer) => layer instanceof BatchNorm);
  if (layers.length === 0) return;
  const momenta = layers.map(({ momentum }) => momentum);
  const modes = [...model.modules()].map((module) => [module, module.training] as const);
  try {
    model.train();
    for (const layer of layers) {
      layer.resetRunningStats();
      layer.momentum = null; // plain averages
    }
    for await (const batch of loader) {
      const x: unknown = Array.isArray(batch) ? batch[0] : batch;
      if (!(x instanceof Tensor)) {
        throw new TypeError(
          `Cannot call updateBn(): a batch must be a tensor or an array with one in front, got ${
            describe(batch)
          }`,
        );
      }
      noGrad(() => model.forward(x));
    }
  } finally {
    for (const [i, layer] of layers.entries()) layer.momentum = momenta[i];
    for (const [module, training] of modes) module.training = training;
  }
}

/** Options of {@link SWALR}. */
export interface SWALROptions {
  /** The rate to go to, for all groups or for each. */
  swaLr?: number | readonly number[];
  /** Epochs until it is reached; default 10. */
  annealEpochs?: number;
  /** Along half a cosine or a line; default "cos". */
  annealStrategy?: "cos" | "linear";
}

/**
 * Goes from whatever the rate is to `swaLr` in `annealEpochs` epochs, and stays there. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.swa_utils.SWALR.html}.
 *
 * @example
 * ```ts
 * import { optim, zeros } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.SGD([zeros(1, { requiresGrad: true })], { lr: 1 });
 * const scheduler = new optim.swaUtils.SWALR(optimizer, 0.5, { annealEpochs: 2, annealStrategy: "linear" });
 * scheduler.step();
 * console.log(scheduler.getLastLr()); // [0.75]
 * ```
 */
export class SWALR extends LRScheduler {
  readonly #goals: readonly number[];
  readonly #epochs: number;
  readonly #linear: boolean;

  /** Sets where to, and how fast. */
  constructor(
    optimizer: Scheduled,
    swaLr: number | readonly number[] | SWALROptions,
    ...more: (number | string | SWALROptions)[]
  ) {
    super(optimizer);
    const title = "SWALR", names = ["swaLr", "annealEpochs", "annealStrategy"] as const;
    const read = named<SWALROptions>(title, given(swaLr, ...more), names);
    const { swaLr: goal, annealEpochs = 10, annealStrategy = "cos" } = read;
    this.#goals = perGroup(title, "swaLr", goal, optimizer);
    this.#epochs = asCount(title, "annealEpochs", annealEpochs);
    this.#linear = asChoice(title, "annealStrategy", annealStrategy, ["cos", "linear"]) === "linear";
    this.step();
  }

  /** The rate of the next epoch. */
  override next(lr: number, _base: number, i: number): number {
    const epoch = this.#epochs === 0 ? Math.max(1, this.lastEpoch) : this.lastEpoch, goal = this.#goals[i];
    const before = this.#share(epoch - 1), share = this.#share(epoch);
    // lr = goal · before + first · (1 − before)
    const first = before === 1 ? goal : (lr - before * goal) / (1 - before);
    return goal * share + first * (1 - share);
  }

  /** How much of the way is done at an epoch. */
  #share(epoch: number): number {
    const t = Math.max(0, Math.min(1, epoch / Math.max(1, this.#epochs)));
    return this.#linear ? t : (1 - Math.cos(Math.PI * t)) / 2;
  }
}
