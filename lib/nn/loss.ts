/** Losses as layers: each calls the method of its name with the options it was made with. */
import type { CrossEntropyOptions, NLLLossOptions } from "../../ops/cross_entropy.ts"; // types only, as below
import type { HuberLossOptions, LogitsLossOptions, SmoothL1LossOptions } from "../../ops/loss.ts";
import type { LossOptions, WeightedLossOptions } from "../loss.ts";
import { named } from "../arguments.ts";
import { asTensor, Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** Makes losses: `new nn.MSELoss({ reduction: "sum" })`. */
export interface LossClass<O extends LossOptions> {
  /** Makes one; all take `reduction`: "mean" (default), "sum" or "none". */
  new (options?: O): Loss<O>;
}

/** A loss with options `O`; tensors among them are buffers, and are converted with the module. */
export abstract class Loss<O extends LossOptions = LossOptions> extends Module {
  readonly #plain: Partial<O> = {};
  readonly #tensors: (keyof O & string)[] = [];

  /** Reads the options, of which `names` are all. */
  constructor(options: O | undefined, names: readonly (keyof O & string)[]) {
    super();
    const given = named<O>(this.constructor.name, options === undefined ? [] : [options], [], names);
    for (const [name, value] of Object.entries(given) as [keyof O & string, O[keyof O & string]][]) {
      if (value instanceof Tensor) {
        this.#tensors.push(name);
        this.registerBuffer(name, value);
      } else this.#plain[name] = value;
    }
  }

  /** What it was made with. */
  get options(): O {
    const tensors = this.#tensors.map((name) => [name, Reflect.get(this, name)]);
    return { ...this.#plain, ...Object.fromEntries(tensors) };
  }

  /** The loss of `input` against `target`. */
  abstract override forward(input: Tensor, target: Tensor): Tensor;
}

/** A class of losses. */
function loss<O extends LossOptions>(
  name: string,
  names: readonly (keyof O & string)[],
  apply: (input: Tensor, target: Tensor, options: O) => Tensor,
): LossClass<O> {
  const made = class extends Loss<O> {
    constructor(options?: O) {
      super(options, names);
    }

    override forward(input: Tensor, target: Tensor): Tensor {
      return apply(asTensor(`take ${name}`, "the input", input), target, this.options);
    }
  };
  return Object.defineProperty(made, "name", { value: name });
}

/**
 * The mean squared error. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.MSELoss().forward(tensor([1, 2]), tensor([1, 4])).item()); // 2
 * ```
 */
export const MSELoss: LossClass<LossOptions> = loss("MSELoss", ["reduction"], (x, y, o) => x.mseLoss(y, o));

/**
 * The mean absolute error. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html}.
 */
export const L1Loss: LossClass<LossOptions> = loss("L1Loss", ["reduction"], (x, y, o) => x.l1Loss(y, o));

/**
 * Squared near 0, and straight from `delta` (1) on. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html}.
 */
export const HuberLoss: LossClass<HuberLossOptions> = loss(
  "HuberLoss",
  ["reduction", "delta"],
  (x, y, o) => x.huberLoss(y, o),
);

/**
 * Huber loss divided by `beta` (1), where it begins to be straight. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html}.
 */
export const SmoothL1Loss: LossClass<SmoothL1LossOptions> = loss(
  "SmoothL1Loss",
  ["reduction", "beta"],
  (x, y, o) => x.smoothL1Loss(y, o),
);

/**
 * Cross entropy of logits [n, classes, ...] against class indices [n, ...] or probabilities [n, classes, ...], with
 * `weight` of each class, `ignoreIndex` and `labelSmoothing`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor, zeros } from "@dinograd/dinograd";
 *
 * const loss = new nn.CrossEntropyLoss();
 * console.log(loss.forward(zeros(1, 4), tensor([2], { dtype: "int32" })).item()); // log 4
 * ```
 */
export const CrossEntropyLoss: LossClass<CrossEntropyOptions> = loss("CrossEntropyLoss", [
  "reduction",
  "weight",
  "ignoreIndex",
  "labelSmoothing",
], (x, y, o) => x.crossEntropy(y, o));

/**
 * The negative log likelihood of log-probabilities [n, classes, ...], with `weight` of each class and `ignoreIndex`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html}.
 */
export const NLLLoss: LossClass<NLLLossOptions> = loss(
  "NLLLoss",
  ["reduction", "weight", "ignoreIndex"],
  (x, y, o) => x.nllLoss(y, o),
);

/**
 * Cross entropy of probabilities for two classes, with `weight` of each element. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html}.
 */
export const BCELoss: LossClass<WeightedLossOptions> = loss(
  "BCELoss",
  ["reduction", "weight"],
  (x, y, o) => x.binaryCrossEntropy(y, o),
);

/**
 * Cross entropy of logits for two classes, with `weight` of each element and `posWeight` of positive ones. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html}.
 */
export const BCEWithLogitsLoss: LossClass<LogitsLossOptions> = loss("BCEWithLogitsLoss", [
  "reduction",
  "weight",
  "posWeight",
], (x, y, o) => x.binaryCrossEntropyWithLogits(y, o));
