/** Stochastic gradient descent. */
import { asFlag, asNumber, named } from "../arguments.ts";
import type { Algebra, Expr } from "../formula.ts";
import type { Tensor } from "../tensor.ts";
import { UpdateRule } from "../update.ts";
import { Optimizer, type ParamGroup, type Params, positive } from "./optimizer.ts";

/** Options of {@link SGD}. */
export interface SGDOptions {
  /** The learning rate; default 1e-3. */
  lr?: number;
  /** How much of the last step is kept; default 0. */
  momentum?: number;
  /** How much of the gradient momentum leaves out; default 0. */
  dampening?: number;
  /** The factor of the parameter in its gradient (L2 penalty); default 0. */
  weightDecay?: number;
  /** Nesterov's momentum; default false. */
  nesterov?: boolean;
  /** Climb instead of descend; default false. */
  maximize?: boolean;
}

/** What SGD keeps for each parameter. */
export type SGDState = {
  /** The running sum of gradients; null without momentum. */
  momentumBuffer: Tensor | null;
  /** How many steps were done. */
  step: number;
};

const numbers = ["lr", "sign", "decay", "momentum", "share"] as const;
type X = Readonly<Record<"p" | "g" | typeof numbers[number], Expr>>;

/** ±g + decay · p */
function slope(k: Algebra<Expr>, x: X): Expr {
  return k.add(k.mul(x.sign, x.g), k.mul(x.decay, x.p));
}

/** p − lr · slope */
const plain = new UpdateRule(["p", "g"], numbers, (k, x, set) => {
  set("p", k.sub(x.p, k.mul(x.lr, slope(k, x))));
});

/** b = momentum · b + share · slope; p − lr · b */
const heavy = new UpdateRule(["p", "g", "b"], numbers, (k, x, set) => {
  const b = set("b", k.add(k.mul(x.momentum, x.b), k.mul(x.share, slope(k, x))));
  set("p", k.sub(x.p, k.mul(x.lr, b)));
});

/** b as above; p − lr · (slope + momentum · b) */
const ahead = new UpdateRule(["p", "g", "b"], numbers, (k, x, set) => {
  const b = set("b", k.add(k.mul(x.momentum, x.b), k.mul(x.share, slope(k, x))));
  set("p", k.sub(x.p, k.mul(x.lr, k.add(slope(k, x), k.mul(x.momentum, b)))));
});

/**
 * Stochastic gradient descent, with momentum if wanted (Sutskever et al. 2013). See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.SGD.html}.
 *
 * @throws {RangeError} if a rate is negative, or Nesterov is asked for without momentum or with dampening.
 *
 * @example
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([1, 2], { requiresGrad: true });
 * const optimizer = new optim.SGD([x], { lr: 0.1 });
 * x.mul(x).sum().backward();
 * optimizer.step();
 * console.log(x.toArray()); // about [0.8, 1.6]
 * ```
 */
export class SGD extends Optimizer<SGDOptions, SGDState> {
  /** Takes parameters and options. */
  constructor(params: Params<SGDOptions>, lr?: number | SGDOptions, options?: SGDOptions) {
    const given = named<SGDOptions>(
      "SGD",
      [lr, options].filter((a) => a !== undefined),
      ["lr", "momentum", "dampening", "weightDecay", "nesterov", "maximize"],
    );
    const defaults = {
      lr: 1e-3,
      momentum: 0,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      maximize: false,
    };
    super(params, { ...defaults, ...given });
  }

  /** Checks the options of a group. */
  override check({ momentum, dampening, weightDecay, nesterov, maximize }: ParamGroup<SGDOptions>): void {
    positive("SGD", "momentum", momentum);
    positive("SGD", "weightDecay", weightDecay);
    asNumber("SGD", "dampening", dampening, false);
    asFlag("SGD", "maximize", maximize);
    if (asFlag("SGD", "nesterov", nesterov) && (momentum <= 0 || dampening !== 0)) {
      throw new RangeError("Cannot make SGD with nesterov: it needs a momentum above 0 and a dampening of 0");
    }
  }

  /** Makes what is kept for a parameter. */
  override start(parameter: Tensor, { momentum }: ParamGroup<SGDOptions>): SGDState {
    return { momentumBuffer: momentum === 0 ? null : parameter.zerosLike(), step: 0 };
  }

  /** Changes one parameter. */
  override update(parameter: Tensor, gradient: Tensor, group: ParamGroup<SGDOptions>, state: SGDState): void {
    const { lr, momentum, dampening, weightDecay, maximize, nesterov } = group, sign = maximize ? -1 : 1;
    const share = state.step++ === 0 ? 1 : 1 - dampening; // the first gradient counts in full
    const given = [lr, sign, weightDecay, momentum, share];
    if (momentum === 0) plain.run([parameter, gradient], given);
    else {
      state.momentumBuffer ??= parameter.zerosLike();
      (nesterov ? ahead : heavy).run([parameter, gradient, state.momentumBuffer], given);
    }
  }
}
