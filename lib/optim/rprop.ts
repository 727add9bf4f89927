/** Rprop, which looks at signs only, and averaged SGD. */
import { describe } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { UpdateRule } from "../update.ts";
import { slope } from "./adagrad.ts";
import { checkOptions, Optimizer, type ParamGroup, type Params, withDefaults } from "./optimizer.ts";

/** Options of {@link Rprop}. */
export interface RpropOptions {
  /** The first step; default 0.01. */
  lr?: number;
  /** The factors of a step after its sign changed and after it did not; default [0.5, 1.2]. */
  etas?: readonly [number, number];
  /** The smallest and the largest step; default [1e-6, 50]. */
  stepSizes?: readonly [number, number];
  /** Climb instead of descend; default false. */
  maximize?: boolean;
}

/** What Rprop keeps for each parameter. */
export type RpropState = {
  /** How many steps were done. */
  step: number;
  /** The last gradient, 0 where its sign had changed. */
  prev: Tensor;
  /** The size of the next step, element by element. */
  stepSize: Tensor;
};

/** The step grows where g keeps its sign and shrinks, without being done, where it changes; p − sign(g) · step */
const signRule = new UpdateRule(
  ["p", "g", "prev", "size"],
  ["less", "more", "least", "most", "sign"],
  (k, x, set) => {
    const zero = k.constant(0), one = k.constant(1), g = k.mul(x.sign, x.g), kept = k.mul(g, x.prev);
    const turned = k.lt(kept, zero),
      factor = k.select(turned, x.less, k.select(k.lt(zero, kept), x.more, one));
    const size = set("size", k.min(k.max(k.mul(x.size, factor), x.least), x.most));
    const step = set("prev", k.select(turned, zero, g));
    const direction = k.sub(k.number(k.lt(zero, step)), k.number(k.lt(step, zero)));
    set("p", k.sub(x.p, k.mul(direction, size)));
  },
);

/**
 * Rprop (Riedmiller and Braun 1993): steps of a size of their own in the direction of the gradient's sign; for whole
 * batches. See {@link https://pytorch.org/docs/stable/generated/torch.optim.Rprop.html}.
 *
 * @throws {RangeError} if etas are not around 1.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor(1, { requiresGrad: true }), optimizer = new optim.Rprop([x], { lr: 0.1 });
 * x.mul(x).backward();
 * optimizer.step();
 * console.log(x.item().toFixed(2)); // 0.90
 * ```
 */
export class Rprop extends Optimizer<RpropOptions, RpropState> {
  /** Takes parameters and options. */
  constructor(params: Params<RpropOptions>, ...options: (number | RpropOptions)[]) {
    const defaults = { lr: 0.01, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false } as const;
    super(params, withDefaults<RpropOptions>("Rprop", defaults, options));
  }

  /** Checks the options of a group. */
  override check({ etas, stepSizes, maximize }: ParamGroup<RpropOptions>): void {
    const [less, more] = Array.isArray(etas) ? etas : [NaN, NaN];
    if (!(less > 0 && less < 1 && more > 1)) {
      throw new RangeError(
        `Cannot make Rprop with etas ${describe(etas)}: one between 0 and 1 and one above 1`,
      );
    }
    const [least, most] = Array.isArray(stepSizes) ? stepSizes : [NaN, NaN];
    checkOptions("Rprop", { stepSizes: least, "the larger of stepSizes": most }, { maximize });
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor, { lr }: ParamGroup<RpropOptions>): RpropState {
    return { step: 0, prev: parameter.zerosLike(), stepSize: parameter.zerosLike().fill_(lr) };
  }

  /** Changes one parameter. */
  override update(p: Tensor, g: Tensor, group: ParamGroup<RpropOptions>, state: RpropState): void {
    const { etas: [less, more], stepSizes: [least, most], maximize } = group;
    state.step++;
    signRule.run([p, g, state.prev, state.stepSize], [less, more, least, most, maximize ? -1 : 1]);
  }
}

/** Options of {@link ASGD}. */
export interface ASGDOptions {
  /** The learning rate; default 0.01. */
  lr?: number;
  /** How fast parameters fade; default 1e-4. */
  lambd?: number;
  /** The power with which the rate falls; default 0.75. */
  alpha?: number;
  /** The step at which averaging begins; default 1e6. */
  t0?: number;
  /** The factor of the parameter in its gradient; default 0. */
  weightDecay?: number;
  /** Climb instead of descend; default false. */
  maximize?: boolean;
}

/** What ASGD keeps for each parameter. */
export type ASGDState = {
  /** How many steps were done. */
  step: number;
  /** The rate of the next step. */
  eta: number;
  /** The weight of the next parameter in the average. */
  mu: number;
  /** The average. */
  ax: Tensor;
};

/** p = (1 − λη)p − ηg; a = a + μ(p − a) */
const averageRule = new UpdateRule(["p", "g", "a"], ["fade", "eta", "mu", "sign", "decay"], (k, x, set) => {
  const p = set("p", k.sub(k.mul(x.fade, x.p), k.mul(x.eta, slope(k, x))));
  set("a", k.add(x.a, k.mul(x.mu, k.sub(p, x.a))));
});

/**
 * Averaged SGD (Polyak and Juditsky 1992): the average of the parameters is in `state.get(parameter).ax`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.ASGD.html}.
 *
 * @throws {RangeError} if a rate is negative.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor(1, { requiresGrad: true }), optimizer = new optim.ASGD([x], { lr: 0.1 });
 * x.mul(x).backward();
 * optimizer.step();
 * console.log(x.item().toFixed(2)); // 0.80
 * ```
 */
export class ASGD extends Optimizer<ASGDOptions, ASGDState> {
  /** Takes parameters and options. */
  constructor(params: Params<ASGDOptions>, ...options: (number | ASGDOptions)[]) {
    const defaults = { lr: 0.01, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false };
    super(params, withDefaults<ASGDOptions>("ASGD", defaults, options));
  }

  /** Checks the options of a group. */
  override check({ lambd, alpha, t0, weightDecay, maximize }: ParamGroup<ASGDOptions>): void {
    checkOptions("ASGD", { lambd, alpha, t0, weightDecay }, { maximize });
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor, { lr }: ParamGroup<ASGDOptions>): ASGDState {
    return { step: 0, eta: lr, mu: 1, ax: parameter.zerosLike() };
  }

  /** Changes one parameter. */
  override update(p: Tensor, g: Tensor, group: ParamGroup<ASGDOptions>, state: ASGDState): void {
    const { lr, lambd, alpha, t0, weightDecay, maximize } = group, { eta, mu, ax } = state, t = ++state.step;
    averageRule.run([p, g, ax], [1 - lambd * eta, eta, mu, maximize ? -1 : 1, weightDecay]);
    state.eta = lr / (1 + lambd * lr * t) ** alpha;
    state.mu = 1 / Math.max(1, t - t0);
  }
}
