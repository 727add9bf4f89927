/**
 * compile(): a function of tensors as a list of kernels, ready to run again.
 *
 * The first call runs as usual while somebody looks on (trace.ts): every kernel, with its formula where it has one, every
 * op that works on memory in plain JavaScript, every change in place. The level is that of memory, not of tensors, so
 * forward, backward and the optimizer's step come along alike, and nothing had to be said about any op. From the list
 * goes what nobody reads (build.ts); formulas move into the kernels that read their results (fuse.ts, join.ts); all
 * that lies in between gets places in one block of memory, which those share that are not needed at once (plan.ts). A
 * later call binds the arguments by address and goes down the list (program.ts): no shapes, no tape, no allocation.
 *
 * What is not in the list does not happen again: JavaScript around the tensors runs once, numbers it computes are
 * constants. So numbers must not be read out of tensors inside (that is an error), and what the function decides by is
 * noted: shapes, dtypes and other arguments, `training` of modules, which tensors take gradients, whether there are
 * gradients already. When one of them changes, the function is traced again (variant.ts). Random draws, steps of
 * optimizers and schedulers, and class labels are done again in full: they read what they need themselves.
 *
 * Results that take gradients come with a backward pass that is compiled as well (gradient.ts). The form of it all is that
 * of PyTorch's CUDA graphs and of tinygrad's TinyJit, with the guards of torch.compile.
 */
import { usesWasm } from "../backend.ts";
import { describe } from "../errors.ts";
import { mode } from "../node.ts";
import { watcher } from "../watch.ts";
import { type Leaves, takeApart } from "./arguments.ts";
import { type AnyFunction, build, recordedAs } from "./build.ts";
import { execute, fits, makeFresh } from "./program.ts";
import { type Report, serves, type Variant } from "./variant.ts";

export type { AnyFunction, Report };

/** How many forms of a function are kept: the one that was not used for longest goes. */
const MOST = 16;

/** What {@link compile} returns: the function, and what became of it. */
export type Compiled<F> = F & {
  /** What was made of the function, for each kind of call so far; printing it gives a table. */
  explain(): Explanation;
};

/** What `explain()` of a compiled function returns. */
export interface Explanation {
  /** One for each kind of call, the last used first. */
  readonly forms: readonly Report[];
  /** All in lines. */
  toString(): string;
}

/**
 * Makes a function of tensors faster: the first call with arguments of new shapes or dtypes notes what it does, later
 * ones run that again with kernels joined and memory planned. Results are those of the function but for rounding.
 *
 * A whole training step can be compiled, or a forward pass, which stays differentiable (once). Tensors come in any
 * nesting of arrays and objects, as arguments and as the result; those of the result are new in each call, gradients
 * in `grad` are overwritten by the next. What the function does beside tensors, such as printing, it does once.
 * See {@link https://pytorch.org/docs/stable/generated/torch.compile.html}.
 *
 * @throws {Error} when called, if the function reads numbers out of tensors, as `item()` does, or draws random ones
 * otherwise than by the random functions: the message names the function that does.
 *
 * @example A training step
 * ```ts
 * import { compile, mseLoss, nn, optim, randn, type Tensor } from "@dinograd/dinograd";
 *
 * const model = new nn.Linear(4, 1), optimizer = new optim.Adam(model.parameters());
 * const step = compile((x: Tensor, y: Tensor) => {
 *   optimizer.zeroGrad();
 *   const loss = mseLoss(model.forward(x), y);
 *   loss.backward();
 *   optimizer.step();
 *   return loss;
 * });
 * for (let i = 0; i < 3; i++) console.log(step(randn(8, 4), randn(8, 1)).item());
 * console.log(String(step.explain())); // "form 1: 10 steps recorded, 9 left, 320 bytes, ..."
 * ```
 */
export function compile<F extends AnyFunction>(fn: F): Compiled<F> {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot compile ${describe(fn)}: it must be a function`);
  }
  const title = fn.name || "a function", variants: Variant[] = [];
  function compiled(this: unknown, ...args: unknown[]): unknown {
    if (watcher !== null || mode.anomaly || !usesWasm()) return fn.apply(this, args);
    const given: Leaves = { tensors: [], rest: [this] };
    takeApart(args, given);
    const { tensors } = given;
    for (let i = 0; i < tensors.length; i++) {
      if (tensors[i].storage.address < 0) return fn.apply(this, args); // past the budget of the arena
    }
    const at = variants.findIndex((variant) => serves(variant.conditions, given));
    if (at < 0) {
      const { variant, result } = build(title, fn.bind(this) as F, args, given);
      variants.unshift(variant);
      if (variants.length > MOST) variants.pop();
      return result;
    }
    if (at > 0) variants.unshift(...variants.splice(at, 1));
    const { body } = variants[0];
    if (!body || !fits(body.program, tensors)) return fn.apply(this, args);
    const made = makeFresh(body.program);
    execute(body.program, tensors, made);
    return recordedAs(title, body, tensors, made, body.result(tensors, made));
  }
  const explain = () => new Forms(variants.map((variant) => variant.report));
  return Object.assign(compiled, { explain }) as unknown as Compiled<F>; // it takes and returns what fn does
}

/** Reports in lines. */
class Forms implements Explanation {
  constructor(readonly forms: readonly Report[]) {}

  toString(): string {
    if (this.forms.length === 0) return "not called yet";
    return this.forms.map(({ recorded, kernels, bytes, milliseconds, steps, why }, i) => {
      const head = `form ${i + 1}: ${recorded} steps recorded, ${kernels} left, ${bytes} bytes, ` +
        `${milliseconds.toFixed(1)} ms to compile`;
      if (why) return `${head}; runs as it is: ${why}`;
      return `${head}\n${steps.map((step) => `  ${step}`).join("\n")}`;
    }).join("\n");
  }

  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}
