/** Adadelta and RMSprop: steps divided by a running root mean square of the gradient. */
import type { Tensor } from "../tensor.ts";
import { UpdateRule } from "../update.ts";
import { slope } from "./adagrad.ts";
import { checkOptions, Optimizer, type ParamGroup, type Params, withDefaults } from "./optimizer.ts";

/** Options of {@link Adadelta}. */
export interface AdadeltaOptions {
  /** The learning rate; default 1. */
  lr?: number;
  /** How much is kept of the running means; default 0.9. */
  rho?: number;
  /** Added to both mean squares; default 1e-6. */
  eps?: number;
  /** The factor of the parameter in its gradient; default 0. */
  weightDecay?: number;
  /** Climb instead of descend; default false. */
  maximize?: boolean;
}

/** What Adadelta keeps for each parameter. */
export type AdadeltaState = {
  /** How many steps were done. */
  step: number;
  /** The running mean of squared gradients. */
  squareAvg: Tensor;
  /** The running mean of squared steps. */
  accDelta: Tensor;
};

/** v = ρv + (1 − ρ)g²; Δ = √(d + ε) / √(v + ε) · g; d = ρd + (1 − ρ)Δ²; p − lr · Δ */
const deltaRule = new UpdateRule(
  ["p", "g", "v", "d"],
  ["lr", "rho", "rest", "eps", "sign", "decay"],
  (k, x, set) => {
    const g = slope(k, x), v = set("v", k.add(k.mul(x.rho, x.v), k.mul(k.mul(x.rest, g), g)));
    const delta = k.mul(k.div(k.sqrt(k.add(x.d, x.eps)), k.sqrt(k.add(v, x.eps))), g);
    set("p", k.sub(x.p, k.mul(x.lr, delta))); // before d: delta reads the old one
    set("d", k.add(k.mul(x.rho, x.d), k.mul(k.mul(x.rest, delta), delta)));
  },
);

/**
 * Adadelta (Zeiler 2012). See {@link https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html}.
 *
 * @throws {RangeError} if a rate is negative or rho above 1.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor(1, { requiresGrad: true }), optimizer = new optim.Adadelta([x]);
 * x.mul(x).backward();
 * optimizer.step();
 * console.log(x.item() < 1); // true
 * ```
 */
export class Adadelta extends Optimizer<AdadeltaOptions, AdadeltaState> {
  /** Takes parameters and options. */
  constructor(params: Params<AdadeltaOptions>, ...options: (number | AdadeltaOptions)[]) {
    const defaults = { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false };
    super(params, withDefaults<AdadeltaOptions>("Adadelta", defaults, options));
  }

  /** Checks the options of a group. */
  override check({ rho, eps, weightDecay, maximize }: ParamGroup<AdadeltaOptions>): void {
    checkOptions("Adadelta", { rho, eps, weightDecay }, { maximize });
    if (rho > 1) throw new RangeError(`Cannot make Adadelta with rho ${rho}: it must be from 0 to 1`);
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor): AdadeltaState {
    return { step: 0, squareAvg: parameter.zerosLike(), accDelta: parameter.zerosLike() };
  }

  /** Changes one parameter. */
  override update(p: Tensor, g: Tensor, group: ParamGroup<AdadeltaOptions>, state: AdadeltaState): void {
    const { lr, rho, eps, weightDecay, maximize } = group;
    state.step++;
    deltaRule.run([p, g, state.squareAvg, state.accDelta], [
      lr,
      rho,
      1 - rho,
      eps,
      maximize ? -1 : 1,
      weightDecay,
    ]);
  }
}

/** Options of {@link RMSprop}. */
export interface RMSpropOptions {
  /** The learning rate; default 0.01. */
  lr?: number;
  /** How much is kept of the running mean; default 0.99. */
  alpha?: number;
  /** Added to the divisor; default 1e-8. */
  eps?: number;
  /** The factor of the parameter in its gradient; default 0. */
  weightDecay?: number;
  /** How much of the last step is kept; default 0. */
  momentum?: number;
  /** Divide by the standard deviation instead of the root mean square; default false. */
  centered?: boolean;
  /** Climb instead of descend; default false. */
  maximize?: boolean;
}

/** What RMSprop keeps for each parameter. */
export type RMSpropState = {
  /** How many steps were done. */
  step: number;
  /** The running mean of squared gradients. */
  squareAvg: Tensor;
  /** The running mean of gradients; null unless centered. */
  gradAvg: Tensor | null;
  /** The running sum of steps; null without momentum. */
  momentumBuffer: Tensor | null;
};

const numbers = ["lr", "alpha", "rest", "eps", "momentum", "sign", "decay"] as const;
type RMSTensor = "p" | "g" | "v" | "mean" | "b";

function rmsRule(centered: boolean, heavy: boolean): UpdateRule {
  const tensors: RMSTensor[] = [
    "p",
    "g",
    "v",
    ...(centered ? ["mean" as const] : []),
    ...(heavy ? ["b" as const] : []),
  ];
  return new UpdateRule<RMSTensor, typeof numbers[number]>(tensors, numbers, (k, x, set) => {
    // v = αv + (1 − α)g²; centered: m = αm + (1 − α)g, and v − m² instead of v
    const g = slope(k, x), v = set("v", k.add(k.mul(x.alpha, x.v), k.mul(k.mul(x.rest, g), g)));
    const mean = centered ? set("mean", k.add(k.mul(x.alpha, x.mean), k.mul(x.rest, g))) : null;
    const step = k.div(g, k.add(k.sqrt(mean ? k.sub(v, k.mul(mean, mean)) : v), x.eps));
    // p − lr · step, or with momentum b = momentum · b + step; p − lr · b
    const b = heavy ? set("b", k.add(k.mul(x.momentum, x.b), step)) : step;
    set("p", k.sub(x.p, k.mul(x.lr, b)));
  });
}

const rules = new Map<number, UpdateRule>();

/**
 * RMSprop (Hinton's lecture 6e), centered as in Graves 2013 if wanted. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html}.
 *
 * @throws {RangeError} if a rate is negative.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor(1, { requiresGrad: true }), optimizer = new optim.RMSprop([x], { lr: 0.01, momentum: 0.9 });
 * x.mul(x).backward();
 * optimizer.step();
 * console.log(x.item().toFixed(2)); // 0.90
 * ```
 */
export class RMSprop extends Optimizer<RMSpropOptions, RMSpropState> {
  /** Takes parameters and options. */
  constructor(params: Params<RMSpropOptions>, ...options: (number | RMSpropOptions)[]) {
    const defaults = {
      ...{ lr: 0.01, alpha: 0.99, eps: 1e-8, weightDecay: 0, momentum: 0, centered: false, maximize: false },
    };
    super(params, withDefaults<RMSpropOptions>("RMSprop", defaults, options));
  }

  /** Checks the options of a group. */
  override check(
    { alpha, eps, weightDecay, momentum, centered, maximize }: ParamGroup<RMSpropOptions>,
  ): void {
    checkOptions("RMSprop", { alpha, eps, weightDecay, momentum }, { centered, maximize });
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor, { centered, momentum }: ParamGroup<RMSpropOptions>): RMSpropState {
    return {
      step: 0,
      squareAvg: parameter.zerosLike(),
      gradAvg: centered ? parameter.zerosLike() : null,
      momentumBuffer: momentum > 0 ? parameter.zerosLike() : null,
    };
  }

  /** Changes one parameter. */
  override update(p: Tensor, g: Tensor, group: ParamGroup<RMSpropOptions>, state: RMSpropState): void {
    const { lr, alpha, eps, weightDecay, momentum, maximize } = group,
      { squareAvg, gradAvg, momentumBuffer } = state;
    const key = (gradAvg ? 1 : 0) + (momentumBuffer ? 2 : 0);
    let rule = rules.get(key);
    if (!rule) rules.set(key, rule = rmsRule(gradAvg !== null, momentumBuffer !== null));
    state.step++;
    const tensors = [p, g, squareAvg, gradAvg, momentumBuffer].filter((x) => x !== null);
    rule.run(tensors, [lr, alpha, 1 - alpha, eps, momentum, maximize ? -1 : 1, weightDecay]);
  }
}
