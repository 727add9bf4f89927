/** Relatives of Adam: Adamax, NAdam and RAdam, and Adam for gradients that are mostly zero rows. */
import { asFlag } from "../arguments.ts";
import type { Tensor } from "../tensor.ts";
import { UpdateRule } from "../update.ts";
import { slope } from "./adagrad.ts";
import {
  checkOptions,
  fractions,
  Optimizer,
  type ParamGroup,
  type Params,
  withDefaults,
} from "./optimizer.ts";

/** Options of {@link Adamax} and {@link RAdam}. */
export interface AdamaxOptions {
  /** The learning rate; default 2e-3 (Adamax), 1e-3 (RAdam). */
  lr?: number;
  /** How much is kept of the two running measures; default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the divisor; default 1e-8. */
  eps?: number;
  /** The factor of the parameter in its gradient; default 0. */
  weightDecay?: number;
  /** Climb instead of descend; default false. */
  maximize?: boolean;
}

/** What Adamax keeps for each parameter. */
export type AdamaxState = {
  /** How many steps were done. */
  step: number;
  /** The running mean of the gradient. */
  expAvg: Tensor;
  /** The largest gradient of late. */
  expInf: Tensor;
};

/** m = β₁m + (1 − β₁)g, u = max(β₂u, |g| + ε); p − size · m / u */
const maxRule = new UpdateRule(
  ["p", "g", "m", "u"],
  ["beta1", "rest1", "beta2", "eps", "size", "sign", "decay"],
  (k, x, set) => {
    const g = slope(k, x), m = set("m", k.add(k.mul(x.beta1, x.m), k.mul(x.rest1, g)));
    const u = set("u", k.max(k.mul(x.beta2, x.u), k.add(k.abs(g), x.eps)));
    set("p", k.sub(x.p, k.div(k.mul(x.size, m), u)));
  },
);

/** The options that a relative of Adam has in common with it. */
function checkAdam(title: string, { betas, eps, weightDecay, maximize }: Required<AdamaxOptions>): void {
  fractions(title, "betas", betas);
  checkOptions(title, { eps, weightDecay }, { maximize });
}

const usual = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 } as const;

/**
 * Adamax (Kingma and Ba 2015): Adam with the largest gradient in place of the mean square. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.Adamax.html}.
 *
 * @throws {RangeError} if a rate is negative or a beta outside 0 to 1.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor(1, { requiresGrad: true }), optimizer = new optim.Adamax([x], { lr: 0.1 });
 * x.mul(x).backward();
 * optimizer.step();
 * console.log(x.item().toFixed(2)); // 0.90
 * ```
 */
export class Adamax extends Optimizer<AdamaxOptions, AdamaxState> {
  /** Takes parameters and options. */
  constructor(params: Params<AdamaxOptions>, ...options: (number | AdamaxOptions)[]) {
    super(params, withDefaults<AdamaxOptions>("Adamax", { lr: 2e-3, ...usual, maximize: false }, options));
  }

  /** Checks the options of a group. */
  override check(group: ParamGroup<AdamaxOptions>): void {
    checkAdam("Adamax", group);
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor): AdamaxState {
    return { step: 0, expAvg: parameter.zerosLike(), expInf: parameter.zerosLike() };
  }

  /** Changes one parameter. */
  override update(p: Tensor, g: Tensor, group: ParamGroup<AdamaxOptions>, state: AdamaxState): void {
    const { lr, betas: [beta1, beta2], eps, weightDecay, maximize } = group, t = ++state.step;
    const numbers = [beta1, 1 - beta1, beta2, eps, lr / (1 - beta1 ** t), maximize ? -1 : 1, weightDecay];
    maxRule.run([p, g, state.expAvg, state.expInf], numbers);
  }
}

/** What {@link RAdam} and {@link SparseAdam} keep for each parameter. */
export type MomentState = {
  /** How many steps were done. */
  step: number;
  /** The running mean of the gradient. */
  expAvg: Tensor;
  /** The running mean of its square. */
  expAvgSq: Tensor;
};

function startMoments(parameter: Tensor): MomentState {
  return { step: 0, expAvg: parameter.zerosLike(), expAvgSq: parameter.zerosLike() };
}

const momentNumbers = ["beta1", "rest1", "beta2", "rest2", "sign", "decay"] as const;

/**
 * m = β₁m + (1 − β₁)g, v = β₂v + (1 − β₂)g²; p − direct · g / d − size · m / d with d = √v / root + ε, or where
 * `plain` is 1, d = 1.
 */
const momentRule = new UpdateRule(
  ["p", "g", "m", "v"],
  [...momentNumbers, "direct", "size", "root", "eps", "plain"],
  (k, x, set) => {
    const g = slope(k, x), m = set("m", k.add(k.mul(x.beta1, x.m), k.mul(x.rest1, g)));
    const v = set("v", k.add(k.mul(x.beta2, x.v), k.mul(k.mul(x.rest2, g), g)));
    const d = k.select(k.truth(x.plain), k.constant(1), k.add(k.div(k.sqrt(v), x.root), x.eps));
    set("p", k.sub(k.sub(x.p, k.div(k.mul(x.direct, g), d)), k.div(k.mul(x.size, m), d)));
  },
);

/** Options of {@link NAdam}. */
export interface NAdamOptions extends AdamaxOptions {
  /** How fast momentum rises; default 4e-3. */
  momentumDecay?: number;
}

/** What NAdam keeps for each parameter. */
export type NAdamState = MomentState & {
  /** The product of all momenta so far. */
  muProduct: number;
};

/**
 * NAdam (Dozat 2016): Adam with Nesterov's momentum. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.NAdam.html}.
 *
 * @throws {RangeError} if a rate is negative or a beta outside 0 to 1.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor(1, { requiresGrad: true }), optimizer = new optim.NAdam([x], { lr: 0.1 });
 * x.mul(x).backward();
 * optimizer.step();
 * console.log(x.item() < 1); // true
 * ```
 */
export class NAdam extends Optimizer<NAdamOptions, NAdamState> {
  /** Takes parameters and options. */
  constructor(params: Params<NAdamOptions>, ...options: (number | NAdamOptions)[]) {
    const defaults = { lr: 2e-3, ...usual, momentumDecay: 4e-3, maximize: false };
    super(params, withDefaults<NAdamOptions>("NAdam", defaults, options));
  }

  /** Checks the options of a group. */
  override check(group: ParamGroup<NAdamOptions>): void {
    checkAdam("NAdam", group);
    checkOptions("NAdam", { momentumDecay: group.momentumDecay });
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor): NAdamState {
    return { ...startMoments(parameter), muProduct: 1 };
  }

  /** Changes one parameter. */
  override update(p: Tensor, g: Tensor, group: ParamGroup<NAdamOptions>, state: NAdamState): void {
    const { lr, betas: [beta1, beta2], eps, weightDecay, momentumDecay, maximize } = group, t = ++state.step;
    // μₜ = β₁ (1 − ½ 0.96^(tψ)); p − lr ((1 − μₜ) / (1 − Πμ) g + μₜ₊₁ / (1 − μₜ μₜ₊₁ Πμ) m) / d. The paper has μₜ only
    // once in the last product; PyTorch 1.13, which the tables come from, twice.
    const mu = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
    const now = mu(t), next = mu(t + 1), product = state.muProduct *= now;
    momentRule.run([p, g, state.expAvg, state.expAvgSq], [
      ...[beta1, 1 - beta1, beta2, 1 - beta2, maximize ? -1 : 1, weightDecay],
      ...[
        lr * (1 - now) / (1 - product),
        lr * next / (1 - product * now * next),
        Math.sqrt(1 - beta2 ** t),
        eps,
        0,
      ],
    ]);
  }
}

/**
 * RAdam (Liu et al. 2020): Adam whose first steps, where mean squares are not yet known, do without them. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.RAdam.html}.
 *
 * @throws {RangeError} if a rate is negative or a beta outside 0 to 1.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor(1, { requiresGrad: true }), optimizer = new optim.RAdam([x], { lr: 0.1 });
 * x.mul(x).backward();
 * optimizer.step();
 * console.log(x.item().toFixed(2)); // 0.80: lr times the gradient
 * ```
 */
export class RAdam extends Optimizer<AdamaxOptions, MomentState> {
  /** Takes parameters and options. */
  constructor(params: Params<AdamaxOptions>, ...options: (number | AdamaxOptions)[]) {
    super(params, withDefaults<AdamaxOptions>("RAdam", { lr: 1e-3, ...usual, maximize: false }, options));
  }

  /** Checks the options of a group. */
  override check(group: ParamGroup<AdamaxOptions>): void {
    checkAdam("RAdam", group);
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor): MomentState {
    return startMoments(parameter);
  }

  /** Changes one parameter. */
  override update(p: Tensor, g: Tensor, group: ParamGroup<AdamaxOptions>, state: MomentState): void {
    const { lr, betas: [beta1, beta2], eps, weightDecay, maximize } = group, t = ++state.step;
    const bias2 = 1 - beta2 ** t, most = 2 / (1 - beta2) - 1, length = most - 2 * t * beta2 ** t / bias2;
    // how far the mean square of `length` gradients can be trusted
    const trust = Math.sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length));
    const known = length > 5, size = lr / (1 - beta1 ** t);
    // PyTorch divides by √v + ε and multiplies by the bias' root: d = (√v + ε) / root
    const root = Math.sqrt(bias2);
    momentRule.run([p, g, state.expAvg, state.expAvgSq], [
      ...[beta1, 1 - beta1, beta2, 1 - beta2, maximize ? -1 : 1, weightDecay],
      ...[0, known ? size * trust : size, root, eps / root, known ? 0 : 1],
    ]);
  }
}

/** Options of {@link SparseAdam}. */
export type SparseAdamOptions = Omit<AdamaxOptions, "weightDecay">;

/** m and v change, and p moves, only where g is not 0. */
const sparseRule = new UpdateRule(
  ["p", "g", "m", "v"],
  ["beta1", "rest1", "beta2", "rest2", "size", "eps", "sign"],
  (k, x, set) => {
    const g = k.mul(x.sign, x.g),
      touched = k.truth(x.g),
      only = (y: typeof g, old: typeof g) => k.select(touched, y, old);
    const m = set("m", only(k.add(k.mul(x.beta1, x.m), k.mul(x.rest1, g)), x.m));
    const v = set("v", only(k.add(k.mul(x.beta2, x.v), k.mul(k.mul(x.rest2, g), g)), x.v));
    set("p", only(k.sub(x.p, k.mul(x.size, k.div(m, k.add(k.sqrt(v), x.eps)))), x.p));
  },
);

/**
 * Adam that touches only what has a gradient, for large embeddings. Gradients here are dense, so an element counts as
 * absent where its gradient is exactly 0. See {@link https://pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html}.
 *
 * @throws {RangeError} if a rate is negative or a beta outside 0 to 1.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([1, 1], { requiresGrad: true }), optimizer = new optim.SparseAdam([x], { lr: 0.1 });
 * x.grad = tensor([0, 2]);
 * optimizer.step();
 * console.log(x.toArray()); // [1, about 0.9]
 * ```
 */
export class SparseAdam extends Optimizer<SparseAdamOptions, MomentState> {
  /** Takes parameters and options. */
  constructor(params: Params<SparseAdamOptions>, ...options: (number | SparseAdamOptions)[]) {
    const defaults = { lr: 1e-3, betas: [0.9, 0.999] as const, eps: 1e-8, maximize: false };
    super(params, withDefaults<SparseAdamOptions>("SparseAdam", defaults, options));
  }

  /** Checks the options of a group. */
  override check({ betas, eps, maximize }: ParamGroup<SparseAdamOptions>): void {
    fractions("SparseAdam", "betas", betas);
    checkOptions("SparseAdam", { eps });
    asFlag("SparseAdam", "maximize", maximize);
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor): MomentState {
    return startMoments(parameter);
  }

  /** Changes one parameter. */
  override update(p: Tensor, g: Tensor, group: ParamGroup<SparseAdamOptions>, state: MomentState): void {
    const { lr, betas: [beta1, beta2], eps, maximize } = group, t = ++state.step;
    const size = lr * Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t);
    sparseRule.run([p, g, state.expAvg, state.expAvgSq], [
      ...[beta1, 1 - beta1, beta2, 1 - beta2, size, eps, maximize ? -1 : 1],
    ]);
  }
}
