/** Losses as layers: each calls the method of its name with the options it was made with. */
import type {
  CrossEntropyOptions,
  HuberLossOptions,
  LogitsLossOptions,
  LossOptions,
  NLLLossOptions,
  SmoothL1LossOptions,
  WeightedLossOptions,
} from "../../ops/loss.ts"; // types only: nothing in lib/ runs code from ops/
import { named } from "../arguments.ts";
import { asTensor, Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** A loss with options `O`; tensors among them are buffers, and are converted with the module. */
export abstract class Loss<O extends LossOptions = LossOptions> extends Module {
  /** Everything but tensors. */
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

/**
 * The mean squared error. See {@link https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.MSELoss().forward(tensor([1, 2]), tensor([1, 4])).item()); // 2
 * ```
 */
export class MSELoss extends Loss {
  /** `reduction`: "mean" (default), "sum" or "none". */
  constructor(options?: LossOptions) {
    super(options, ["reduction"]);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return of(input).mseLoss(target, this.options);
  }
}

/** The mean absolute error. See {@link https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html}. */
export class L1Loss extends Loss {
  /** `reduction`: "mean" (default), "sum" or "none". */
  constructor(options?: LossOptions) {
    super(options, ["reduction"]);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return of(input).l1Loss(target, this.options);
  }
}

/** Squared near 0 and straight from `delta` (1) on. See {@link https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html}. */
export class HuberLoss extends Loss<HuberLossOptions> {
  /** `delta`, and `reduction`. */
  constructor(options?: HuberLossOptions) {
    super(options, ["reduction", "delta"]);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return of(input).huberLoss(target, this.options);
  }
}

/** Huber loss over `beta` (1). See {@link https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html}. */
export class SmoothL1Loss extends Loss<SmoothL1LossOptions> {
  /** `beta`, and `reduction`. */
  constructor(options?: SmoothL1LossOptions) {
    super(options, ["reduction", "beta"]);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return of(input).smoothL1Loss(target, this.options);
  }
}

/**
 * Cross entropy of logits [n, classes, ...] against class indices [n, ...] or probabilities [n, classes, ...]. See
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
export class CrossEntropyLoss extends Loss<CrossEntropyOptions> {
  /** `weight` of each class, `ignoreIndex`, `labelSmoothing`, and `reduction`. */
  constructor(options?: CrossEntropyOptions) {
    super(options, ["reduction", "weight", "ignoreIndex", "labelSmoothing"]);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return of(input).crossEntropy(target, this.options);
  }
}

/** The negative log likelihood of log-probabilities. See {@link https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html}. */
export class NLLLoss extends Loss<NLLLossOptions> {
  /** `weight` of each class, `ignoreIndex`, and `reduction`. */
  constructor(options?: NLLLossOptions) {
    super(options, ["reduction", "weight", "ignoreIndex"]);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return of(input).nllLoss(target, this.options);
  }
}

/** Cross entropy of probabilities for two classes. See {@link https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html}. */
export class BCELoss extends Loss<WeightedLossOptions> {
  /** `weight` of each element, and `reduction`. */
  constructor(options?: WeightedLossOptions) {
    super(options, ["reduction", "weight"]);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return of(input).binaryCrossEntropy(target, this.options);
  }
}

/** Cross entropy of logits for two classes. See {@link https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html}. */
export class BCEWithLogitsLoss extends Loss<LogitsLossOptions> {
  /** `weight` of each element, `posWeight` of positive ones, and `reduction`. */
  constructor(options?: LogitsLossOptions) {
    super(options, ["reduction", "weight", "posWeight"]);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return of(input).binaryCrossEntropyWithLogits(target, this.options);
  }
}

function of(input: Tensor): Tensor {
  return asTensor("take a loss", "the input", input);
}
