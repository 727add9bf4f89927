/** Adam and AdamW: steps scaled by running means of the gradient and its square. */
import { asFlag, named } from "../arguments.ts";
import type { Tensor } from "../tensor.ts";
import { UpdateRule } from "../update.ts";
import { fractions, Optimizer, type ParamGroup, type Params, positive } from "./optimizer.ts";

/** Options of {@link Adam} and {@link AdamW}. */
export interface AdamOptions {
  /** The learning rate; default 1e-3. */
  lr?: number;
  /** How much is kept of the running means of the gradient and of its square; default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the divisor; default 1e-8. */
  eps?: number;
  /** Adam: the factor of the parameter in its gradient, default 0. AdamW: the share of it that fades, default 0.01. */
  weightDecay?: number;
  /** Divide by the largest mean square so far; default false. */
  amsgrad?: boolean;
  /** Climb instead of descend; default false. */
  maximize?: boolean;
}

/** What Adam keeps for each parameter. */
export type AdamState = {
  /** How many steps were done. */
  step: number;
  /** The running mean of the gradient. */
  expAvg: Tensor;
  /** The running mean of its square. */
  expAvgSq: Tensor;
  /** The largest of these so far; null without amsgrad. */
  maxExpAvgSq: Tensor | null;
};

const numbers = ["beta1", "rest1", "beta2", "rest2", "size", "lift", "eps", "fade", "sign", "decay"] as const;
type TensorName = "p" | "g" | "m" | "v" | "top";

/** The rule of Adam: `top` for amsgrad, `slanted` where the gradient is not g itself but ±g + decay · p. */
function adamRule(slanted: boolean, top: boolean): UpdateRule {
  const tensors: TensorName[] = top ? ["p", "g", "m", "v", "top"] : ["p", "g", "m", "v"];
  return new UpdateRule(tensors, numbers, (k, x, set) => {
    const g = slanted ? k.add(k.mul(x.sign, x.g), k.mul(x.decay, x.p)) : x.g;
    // m = β₁m + (1 − β₁)g, v = β₂v + (1 − β₂)g²
    const m = set("m", k.add(k.mul(x.beta1, x.m), k.mul(x.rest1, g)));
    const v = set("v", k.add(k.mul(x.beta2, x.v), k.mul(k.mul(x.rest2, g), g)));
    const most = top ? set("top", k.max(x.top, v)) : v;
    // p = fade · p − size · m / (√v / √(1 − β₂ᵗ) + ε); `lift` is the reciprocal root, as divisions are slow (12 %)
    const step = k.div(m, k.add(k.mul(k.sqrt(most), x.lift), x.eps));
    set("p", k.sub(k.mul(x.fade, x.p), k.mul(x.size, step)));
  });
}

const rules = new Map<number, UpdateRule>();

/**
 * Adam (Kingma and Ba 2015). See {@link https://pytorch.org/docs/stable/generated/torch.optim.Adam.html}.
 *
 * @throws {RangeError} if a rate is negative or a beta outside 0 to 1.
 *
 * @example
 * ```ts
 * import { nn, ones, optim } from "@dinograd/dinograd";
 *
 * const model = new nn.Linear(2, 1), optimizer = new optim.Adam(model.parameters(), { lr: 0.1 });
 * for (let i = 0; i < 100; i++) {
 *   optimizer.zeroGrad();
 *   const loss = model.forward(ones(4, 2)).sub(3).pow(2).mean();
 *   loss.backward();
 *   optimizer.step();
 * }
 * console.log(Math.abs(model.forward(ones(1, 2)).item() - 3) < 0.1); // true
 * ```
 */
export class Adam extends Optimizer<AdamOptions, AdamState> {
  /** Takes parameters and options. */
  constructor(params: Params<AdamOptions>, lr?: number | AdamOptions, options?: AdamOptions) {
    super(params, { ...defaults, weightDecay: 0, ...read("Adam", lr, options) });
  }

  /** Whether weight decay fades parameters instead of adding to gradients. */
  get decoupled(): boolean {
    return false;
  }

  /** Checks the options of a group. */
  override check({ betas, eps, weightDecay, amsgrad, maximize }: ParamGroup<AdamOptions>): void {
    const title = this.constructor.name;
    fractions(title, "betas", betas);
    positive(title, "eps", eps);
    positive(title, "weightDecay", weightDecay);
    asFlag(title, "amsgrad", amsgrad);
    asFlag(title, "maximize", maximize);
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor, { amsgrad }: ParamGroup<AdamOptions>): AdamState {
    return {
      step: 0,
      expAvg: parameter.zerosLike(),
      expAvgSq: parameter.zerosLike(),
      maxExpAvgSq: amsgrad ? parameter.zerosLike() : null,
    };
  }

  /** Changes one parameter. */
  override update(
    parameter: Tensor,
    gradient: Tensor,
    group: ParamGroup<AdamOptions>,
    state: AdamState,
  ): void {
    const { lr, betas: [beta1, beta2], eps, weightDecay, maximize } = group, step = ++state.step;
    const { expAvg, expAvgSq, maxExpAvgSq } = state, decay = this.decoupled ? 0 : weightDecay;
    const slanted = maximize || decay !== 0, key = (slanted ? 1 : 0) + (maxExpAvgSq ? 2 : 0);
    let rule = rules.get(key);
    if (!rule) rules.set(key, rule = adamRule(slanted, maxExpAvgSq !== null));
    rule.run(
      maxExpAvgSq
        ? [parameter, gradient, expAvg, expAvgSq, maxExpAvgSq]
        : [parameter, gradient, expAvg, expAvgSq],
      [
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        lr / (1 - beta1 ** step),
        1 / Math.sqrt(1 - beta2 ** step),
        eps,
        this.decoupled ? 1 - lr * weightDecay : 1,
        maximize ? -1 : 1,
        decay,
      ],
    );
  }
}

/**
 * Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019). See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html}.
 *
 * @throws {RangeError} if a rate is negative or a beta outside 0 to 1.
 *
 * @example
 * ```ts
 * import { nn, optim } from "@dinograd/dinograd";
 *
 * const optimizer = new optim.AdamW(new nn.Linear(2, 1).parameters(), { lr: 3e-4, weightDecay: 0.1 });
 * console.log(optimizer.paramGroups[0].weightDecay); // 0.1
 * ```
 */
export class AdamW extends Adam {
  /** Takes parameters and options. */
  constructor(params: Params<AdamOptions>, lr?: number | AdamOptions, options?: AdamOptions) {
    super(params, { weightDecay: 0.01, ...read("AdamW", lr, options) });
  }

  /** It does. */
  override get decoupled(): boolean {
    return true;
  }
}

const defaults = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, amsgrad: false, maximize: false } as const;

function read(title: string, lr?: number | AdamOptions, options?: AdamOptions): AdamOptions {
  const args = [lr, options].filter((a) => a !== undefined);
  return named<AdamOptions>(title, args, ["lr", "betas", "eps", "weightDecay", "amsgrad", "maximize"]);
}
