/** L-BFGS: Newton's direction from the last few steps. */
import { asChoice, asCount, isOptions } from "../arguments.ts";
import { describe } from "../errors.ts";
import { enableGrad, noGrad } from "../grad_mode.ts";
import { runCat, runStack } from "../join.ts";
import { sameShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { type Point, strongWolfe } from "./line_search.ts";
import {
  checkOptions,
  escape,
  Optimizer,
  type OptimizerState,
  type ParamGroup,
  type ParamGroupOptions,
  type Params,
  withDefaults,
} from "./optimizer.ts";

/** Options of {@link LBFGS}. */
export interface LBFGSOptions {
  /** The length of steps; default 1. */
  lr?: number;
  /** Iterations in one call of step(); default 20. */
  maxIter?: number;
  /** Evaluations of the closure in one call of step(); default 1.25 maxIter. */
  maxEval?: number | null;
  /** Ends where no element of the gradient is larger; default 1e-7. */
  toleranceGrad?: number;
  /** Ends where neither parameters nor loss change by more; default 1e-9. */
  toleranceChange?: number;
  /** How many steps are remembered; default 100. */
  historySize?: number;
  /** Find the length of each step by a line search; default null. */
  lineSearchFn?: "strong_wolfe" | null;
}

/** A remembered step: how the gradient changed, how the parameters did, and the inverse of their product. */
interface Memory {
  readonly y: Tensor;
  readonly s: Tensor;
  readonly inverse: number;
}

/** Where the optimizer is. */
interface Progress {
  evaluations: number;
  iterations: number;
  direction: Tensor | null;
  t: number;
  gradient: Tensor | null;
  loss: number;
  /** The scale of the identity that the Hessian's inverse is built on. */
  scale: number;
  memory: Memory[];
}

/**
 * L-BFGS (Liu and Nocedal 1989) for functions without noise: step() takes a closure that zeroes gradients, computes the
 * loss, calls backward() and returns the loss; it is called several times. One group of parameters. See
 * {@link https://pytorch.org/docs/stable/generated/torch.optim.LBFGS.html}.
 *
 * @throws {TypeError} if there is more than one group, or step() gets no closure.
 *
 * @example The minimum of Rosenbrock's function is at [1, 1]
 * ```ts
 * import { optim, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([-1.2, 1], { dtype: "float64", requiresGrad: true });
 * const optimizer = new optim.LBFGS([x], { maxIter: 100, lineSearchFn: "strong_wolfe" });
 * optimizer.step(() => {
 *   optimizer.zeroGrad();
 *   const a = x.select(0, 0), b = x.select(0, 1);
 *   const loss = a.sub(1).pow(2).add(b.sub(a.pow(2)).pow(2).mul(100));
 *   loss.backward();
 *   return loss;
 * });
 * console.log(x.toArray()); // [1, 1] to 9 digits
 * ```
 */
export class LBFGS extends Optimizer<LBFGSOptions> {
  readonly #now = begin();

  /** Takes parameters and options. */
  constructor(params: Params<LBFGSOptions>, ...options: (number | LBFGSOptions)[]) {
    const defaults = {
      ...{ lr: 1, maxIter: 20, maxEval: null, toleranceGrad: 1e-7, toleranceChange: 1e-9, historySize: 100 },
      lineSearchFn: null,
    };
    super(params, withDefaults<LBFGSOptions>("LBFGS", defaults, options));
  }

  /** Takes the one group. */
  override addParamGroup(group: ParamGroupOptions<LBFGSOptions>): void {
    if (this.paramGroups.length > 0) throw new TypeError("Cannot make LBFGS of several groups: it takes one");
    super.addParamGroup(group);
  }

  /** Checks the options of a group. */
  override check(group: ParamGroup<LBFGSOptions>): void {
    const { maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearchFn } = group;
    asCount("LBFGS", "maxIter", maxIter, 1);
    if (maxEval !== null) asCount("LBFGS", "maxEval", maxEval, 1);
    asCount("LBFGS", "historySize", historySize, 1);
    checkOptions("LBFGS", { toleranceGrad, toleranceChange });
    if (lineSearchFn !== null) asChoice("LBFGS", "lineSearchFn", lineSearchFn, ["strong_wolfe"]);
  }

  /** Nothing is kept for single parameters. */
  override start(): Record<string, never> {
    return {};
  }

  /** Nothing is done for single parameters. */
  override update(): void {}

  /** Calls `closure` several times and goes towards the minimum; returns the first loss. */
  override step(): null;
  override step<T>(closure: () => T): T;
  override step<T>(closure?: () => T): T | null {
    if (typeof closure !== "function") {
      throw new TypeError(
        `Cannot call step() of LBFGS with ${
          describe(closure)
        }: it takes a function that computes the loss and its gradients`,
      );
    }
    const evaluate = () => enableGrad(closure), first = noGrad(() => this.#run(evaluate));
    this.#keep();
    return first;
  }

  /** Saves what is remembered from the end of the scope that it was made in. */
  #keep(): void {
    const { direction, gradient, memory } = this.#now;
    escape({ direction, gradient });
    for (const { y, s } of memory) escape({ y, s });
  }

  #run<T>(evaluate: () => T): T {
    const [group] = this.paramGroups, { lr, maxIter, toleranceGrad, toleranceChange, lineSearchFn } = group;
    const maxEval = group.maxEval ?? Math.floor(maxIter * 5 / 4), now = this.#now;
    const first = evaluate();
    let loss = lossOf(first), g = this.#flatGradient(), evaluations = 1;
    now.evaluations++;
    if (largest(g) <= toleranceGrad) return first;
    for (let i = 1; i <= maxIter; i++) {
      now.iterations++;
      const d = this.#direction(g, group.historySize), before = loss;
      now.direction = d;
      now.gradient = g;
      now.loss = loss;
      now.t = now.iterations === 1 ? Math.min(1, 1 / g.abs().sum().item()) * lr : lr;
      const slope = g.dot(d).item();
      if (slope > -toleranceChange) break;
      if (lineSearchFn) {
        const x = group.params.map((p) => p.detach().clone());
        const at = (t: number): Point => {
          this.#move(d, t);
          const f = lossOf(evaluate()), g = this.#flatGradient();
          group.params.forEach((p, k) => p.copy_(x[k]));
          return { t, f, g, slope: g.dot(d).item() };
        };
        const found = strongWolfe(at, { t: 0, f: loss, g, slope }, now.t, largest(d), toleranceChange);
        now.t = found.point.t;
        loss = found.point.f;
        g = found.point.g;
        evaluations += found.evaluations;
        now.evaluations += found.evaluations;
        this.#move(d, now.t);
      } else {
        this.#move(d, now.t);
        if (i === maxIter) break;
        loss = lossOf(evaluate());
        g = this.#flatGradient();
        evaluations++;
        now.evaluations++;
      }
      if (evaluations >= maxEval || largest(g) <= toleranceGrad) break;
      if (largest(d) * Math.abs(now.t) <= toleranceChange || Math.abs(loss - before) < toleranceChange) break;
    }
    return first;
  }

  /** −H g, where H is the inverse of the Hessian as the last steps show it (the two-loop recursion). */
  #direction(g: Tensor, historySize: number): Tensor {
    const now = this.#now, { memory } = now;
    if (now.iterations === 1 || !now.direction || !now.gradient) return g.neg();
    const y = g.sub(now.gradient), s = now.direction.mul(now.t), ys = y.dot(s).item();
    if (ys > 1e-10) {
      if (memory.length === historySize) memory.shift();
      memory.push({ y, s, inverse: 1 / ys });
      now.scale = ys / y.dot(y).item();
    }
    const q = g.neg(), shares: number[] = [];
    for (let i = memory.length - 1; i >= 0; i--) {
      shares[i] = memory[i].s.dot(q).item() * memory[i].inverse;
      q.sub_(memory[i].y.mul(shares[i]));
    }
    q.mul_(now.scale);
    for (let i = 0; i < memory.length; i++) {
      const { y, s, inverse } = memory[i];
      q.add_(s.mul(shares[i] - y.dot(q).item() * inverse));
    }
    return q;
  }

  /** All gradients in one row; zeros where there is none. */
  #flatGradient(): Tensor {
    const parts = this.paramGroups[0].params.map((p) => (p.grad ?? p.zerosLike()).reshape([-1]));
    const sizes = parts.map((part) => part.numel());
    let at = 0;
    const starts = sizes.map((size) => (at += size) - size);
    return runCat(parts, { dim: 0, starts, sizes });
  }

  /** Moves the parameters by t · d. */
  #move(d: Tensor, t: number): void {
    let at = 0;
    for (const p of this.paramGroups[0].params) {
      const size = p.numel();
      p.add_(d.narrow(0, at, size).reshape(p.shape).mul(t));
      at += size;
    }
  }

  /** Options and progress as plain data, the remembered steps as rows of matrices. */
  override stateDict(): OptimizerState {
    const { memory, ...rest } = this.#now, n = memory.length;
    const rows = (key: "y" | "s") => n === 0 ? null : runStack(memory.map((m) => m[key]), { dim: 0 });
    const history = { gradientChanges: rows("y"), steps: rows("s") };
    return { ...super.stateDict(), state: { 0: { ...rest, ...history } } };
  }

  /** Takes over what {@link LBFGS.stateDict} gave. */
  override loadStateDict(saved: OptimizerState): void {
    const state = isOptions(saved) && isOptions(saved.state) ? saved.state[0] : undefined;
    const found = state === undefined ? begin() : this.#progressOf(state);
    super.loadStateDict(isOptions(saved) ? { ...saved, state: {} } : saved);
    Object.assign(this.#now, found);
    this.#keep();
  }

  #progressOf(state: unknown): Progress {
    const { direction, gradient, gradientChanges, steps, ...numbers } = isOptions(state) ? state : {};
    const [{ params }] = this.paramGroups, n = params.reduce((sum, p) => sum + p.numel(), 0);
    const fits = (x: unknown, ...shape: number[]) =>
      x === null || (x instanceof Tensor && sameShape(x.shape, shape));
    const m = gradientChanges instanceof Tensor ? gradientChanges.shape[0] ?? 0 : 0;
    const { evaluations, iterations, t, loss, scale } = numbers, counts = [evaluations, iterations];
    if (
      ![...counts, t, loss, scale].every((x) => typeof x === "number") || Object.keys(numbers).length !== 5 ||
      !fits(direction, n) || !fits(gradient, n) || !fits(gradientChanges, m, n) || !fits(steps, m, n) ||
      (gradientChanges === null) !== (steps === null)
    ) {
      throw new TypeError(
        `Cannot load a state dict into LBFGS: its state must be what stateDict() gives for ${n} numbers`,
      );
    }
    const { dtype } = params[0], own = (x: Tensor): Tensor => x.detach().to(dtype).clone();
    const rows = (x: unknown): Tensor[] => x instanceof Tensor ? [...own(x)] : [];
    const changes = rows(gradientChanges);
    return {
      ...numbers as Pick<Progress, "evaluations" | "iterations" | "t" | "loss" | "scale">, // numbers, all of them
      direction: direction instanceof Tensor ? own(direction) : null,
      gradient: gradient instanceof Tensor ? own(gradient) : null,
      memory: noGrad(() =>
        rows(steps).map((s, i) => ({ y: changes[i], s, inverse: 1 / changes[i].dot(s).item() }))
      ),
    };
  }
}

/** Where the optimizer is at first. */
function begin(): Progress {
  return {
    ...{ evaluations: 0, iterations: 0, t: 0, loss: 0, scale: 1 },
    ...{ direction: null, gradient: null, memory: [] },
  };
}

function largest(x: Tensor): number {
  return x.abs().max().item();
}

function lossOf(result: unknown): number {
  const value =
    typeof result === "object" && result !== null && "item" in result && typeof result.item === "function"
      ? result.item()
      : result;
  if (typeof value === "number") return value;
  throw new TypeError(
    `Cannot call step() of LBFGS: the closure must return the loss, got ${describe(result)}`,
  );
}
