/** Adagrad, and its dual-averaging form that makes parameters exactly zero. */
import type { Algebra, Expr } from "../formula.ts";
import type { Tensor } from "../tensor.ts";
import { UpdateRule } from "../update.ts";
import { checkOptions, Optimizer, type ParamGroup, type Params, withDefaults } from "./optimizer.ts";

/** Options of {@link Adagrad}. */
export interface AdagradOptions {
  /** The learning rate; default 0.01. */
  lr?: number;
  /** How fast the rate falls: after t steps it is lr / (1 + t · lrDecay). Default 0. */
  lrDecay?: number;
  /** The factor of the parameter in its gradient; default 0. */
  weightDecay?: number;
  /** What the sum of squares starts from; default 0. */
  initialAccumulatorValue?: number;
  /** Added to the divisor; default 1e-10. */
  eps?: number;
  /** Climb instead of descend; default false. */
  maximize?: boolean;
}

/** What Adagrad keeps for each parameter. */
export type AdagradState = {
  /** How many steps were done. */
  step: number;
  /** The sum of squared gradients. */
  sum: Tensor;
};

/** s = s + g²; p − size · g / (√s + ε) */
const rule = new UpdateRule(["p", "g", "s"], ["sign", "decay", "size", "eps"], (k, x, set) => {
  const g = slope(k, x), s = set("s", k.add(x.s, k.mul(g, g)));
  set("p", k.sub(x.p, k.mul(x.size, k.div(g, k.add(k.sqrt(s), x.eps)))));
});

/** ±g + decay · p */
export function slope(k: Algebra<Expr>, x: Readonly<Record<"p" | "g" | "sign" | "decay", Expr>>): Expr {
  return k.add(k.mul(x.sign, x.g), k.mul(x.decay, x.p));
}

/**
 * Adagrad (Duchi et al. 2011): steps divided by the root of all squared gradients so far. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html}.
 *
 * @throws {RangeError} if a rate is negative.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([1, 2], { requiresGrad: true }), optimizer = new optim.Adagrad([x], { lr: 0.5 });
 * x.mul(x).sum().backward();
 * optimizer.step();
 * console.log(x.toArray()); // [0.5, 1.5]: the first step is lr in every direction
 * ```
 */
export class Adagrad extends Optimizer<AdagradOptions, AdagradState> {
  /** Takes parameters and options. */
  constructor(params: Params<AdagradOptions>, ...options: (number | AdagradOptions)[]) {
    const defaults = {
      lr: 0.01,
      lrDecay: 0,
      weightDecay: 0,
      initialAccumulatorValue: 0,
      eps: 1e-10,
      maximize: false,
    };
    super(params, withDefaults<AdagradOptions>("Adagrad", defaults, options));
  }

  /** Checks the options of a group. */
  override check(
    { lrDecay, weightDecay, initialAccumulatorValue, eps, maximize }: ParamGroup<AdagradOptions>,
  ): void {
    checkOptions("Adagrad", { lrDecay, weightDecay, initialAccumulatorValue, eps }, { maximize });
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor, { initialAccumulatorValue }: ParamGroup<AdagradOptions>): AdagradState {
    return { step: 0, sum: parameter.zerosLike().fill_(initialAccumulatorValue) };
  }

  /** Changes one parameter. */
  override update(p: Tensor, g: Tensor, group: ParamGroup<AdagradOptions>, state: AdagradState): void {
    const { lr, lrDecay, weightDecay, eps, maximize } = group;
    const size = lr / (1 + state.step++ * lrDecay);
    rule.run([p, g, state.sum], [maximize ? -1 : 1, weightDecay, size, eps]);
  }
}

/** Options of {@link AdagradDA}. */
export interface AdagradDAOptions {
  /** The learning rate; default 0.01. */
  lr?: number;
  /** What the sum of squares starts from; default 0.1. */
  initialAccumulatorValue?: number;
  /** The strength of the L1 penalty, which makes parameters exactly zero; default 0. */
  l1?: number;
  /** The strength of the L2 penalty; default 0. */
  l2?: number;
}

/** What AdagradDA keeps for each parameter. */
export type AdagradDAState = {
  /** How many steps were done. */
  step: number;
  /** The sum of gradients. */
  gradientSum: Tensor;
  /** The sum of their squares. */
  squareSum: Tensor;
};

/** G = G + g, A = A + g²; p = −lr · sign(G) · max(|G| − l1 · t, 0) / (l2 · t · lr + √A) */
const dualRule = new UpdateRule(["p", "g", "G", "A"], ["lr", "l1t", "l2t"], (k, x, set) => {
  const sum = set("G", k.add(x.G, x.g)), squares = set("A", k.add(x.A, k.mul(x.g, x.g)));
  const zero = k.constant(0), size = k.max(k.sub(k.abs(sum), x.l1t), zero);
  const step = k.div(k.mul(x.lr, size), k.add(k.mul(x.l2t, x.lr), k.sqrt(squares)));
  set("p", k.select(k.lt(zero, sum), k.neg(step), step));
});

/**
 * Adagrad with dual averaging (Duchi et al. 2011): the parameter is computed anew from the sums of all gradients, so
 * where it starts does not matter, and an L1 penalty leaves exact zeros. Equal to TensorFlow's AdagradDA; PyTorch has none.
 *
 * @throws {RangeError} if an option is negative.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([0, 0], { requiresGrad: true }), optimizer = new optim.AdagradDA([x], { lr: 3, l1: 0.15 });
 * x.grad = tensor([0.1, 0.2]);
 * optimizer.step();
 * console.log(x.toArray()); // the first is exactly 0
 * ```
 */
export class AdagradDA extends Optimizer<AdagradDAOptions, AdagradDAState> {
  /** Takes parameters and options. */
  constructor(params: Params<AdagradDAOptions>, ...options: (number | AdagradDAOptions)[]) {
    const defaults = { lr: 0.01, initialAccumulatorValue: 0.1, l1: 0, l2: 0 };
    super(params, withDefaults<AdagradDAOptions>("AdagradDA", defaults, options));
  }

  /** Checks the options of a group. */
  override check({ initialAccumulatorValue, l1, l2 }: ParamGroup<AdagradDAOptions>): void {
    checkOptions("AdagradDA", { initialAccumulatorValue, l1, l2 });
  }

  /** Makes what is kept for a parameter. */
  override start(
    parameter: Tensor,
    { initialAccumulatorValue }: ParamGroup<AdagradDAOptions>,
  ): AdagradDAState {
    const squareSum = parameter.zerosLike().fill_(initialAccumulatorValue);
    return { step: 0, gradientSum: parameter.zerosLike(), squareSum };
  }

  /** Changes one parameter. */
  override update(
    p: Tensor,
    g: Tensor,
    { lr, l1, l2 }: ParamGroup<AdagradDAOptions>,
    state: AdagradDAState,
  ): void {
    const t = ++state.step;
    dualRule.run([p, g, state.gradientSum, state.squareSum], [lr, l1 * t, l2 * t]);
  }
}
