/** Derivatives by forward mode, as functions of functions: the names of torch.func. */
import { asFlag, named } from "../arguments.ts";
import { pushforward } from "../forward.ts";
import { describe } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { asFunction } from "./reverse.ts";
import { release, type Trace, trace, type TreeFunction } from "./trace.ts";
import { checkSameForm, leavesOf, mapTree } from "./tree.ts";

/** Options of {@link jvp}. */
export interface JvpOptions {
  /** The function returns [output, aux]; aux is passed on. Default false. */
  hasAux?: boolean;
}

/** J · tangents for a traced call; zeros where an output does not depend on the inputs. */
export function tangentsOf({ inputs, outputs, nested }: Trace, tangents: readonly Tensor[]): Tensor[] {
  const seeds = inputs.map((x, i) => ({ x, tangent: tangents[i] }));
  return pushforward(outputs, seeds, nested).map((t, i) => t ?? outputs[i].zerosLike());
}

/**
 * [output, tangent]: how the output of `fn` at `primals` changes as these move along `tangents`: J · v without J.
 *
 * Pointwise and linear ops push tangents through by their own rules; any other op by the transpose of its backward,
 * at about twice the cost. What the tape saves is what both need, so memory is that of a recorded forward pass. See
 * {@link https://pytorch.org/docs/stable/generated/torch.func.jvp.html}.
 *
 * @example
 * ```ts
 * import { func, tensor } from "@dinograd/dinograd";
 *
 * const [y, dy] = func.jvp((x) => x.mul(x), [tensor(3)], [tensor(1)]);
 * console.log(y.item(), dy.item()); // 9 6
 * ```
 */
export function jvp(
  fn: TreeFunction,
  primals: readonly unknown[],
  tangents: readonly unknown[],
  options: JvpOptions = {},
  // deno-lint-ignore no-explicit-any -- the form of the result is that of the user's function
): any {
  const f = asFunction("jvp", fn);
  const { hasAux = false } = named<JvpOptions>("func.jvp", [options], [], ["hasAux"]);
  for (const [what, list] of [["primals", primals], ["tangents", tangents]]) {
    if (!Array.isArray(list)) {
      throw new TypeError(
        `Cannot call func.jvp() with ${what} ${describe(list)}: it must be an array, one entry an argument`,
      );
    }
  }
  const moved = leavesOf("call func.jvp()", tangents);
  checkSameForm("call func.jvp()", "tangent", leavesOf("call func.jvp()", primals), moved);
  const traced = trace("jvp", f, primals, primals.map((_, i) => i), asFlag("func.jvp", "hasAux", hasAux));
  const changes = tangentsOf(traced, moved);
  const result = [release(traced), mapTree(traced.output, (_, i) => changes[i])];
  return hasAux ? [...result, traced.aux] : result;
}

/**
 * The output of `fn` at `primals`, and its linear part there: a function that takes tangents, one for each primal, to
 * the tangent of the output. `fn` runs once, however often that is called. See
 * {@link https://pytorch.org/docs/stable/generated/torch.func.linearize.html}.
 *
 * @example
 * ```ts
 * import { func, tensor } from "@dinograd/dinograd";
 *
 * const [y, push] = func.linearize((x) => x.exp(), tensor([0, 1]));
 * console.log(y.toArray(), push(tensor([1, 0])).toArray()); // [1, e] [1, 0]
 * ```
 */
// deno-lint-ignore no-explicit-any -- the form of the result is that of the user's function
export function linearize(fn: TreeFunction, ...primals: unknown[]): any {
  const traced = trace("linearize", asFunction("linearize", fn), primals, primals.map((_, i) => i), false);
  const push = (...tangents: unknown[]) => {
    const moved = leavesOf("call the function of func.linearize()", tangents);
    checkSameForm("call the function of func.linearize()", "tangent", traced.inputs, moved);
    const changes = tangentsOf(traced, moved);
    return mapTree(traced.output, (_, i) => changes[i]);
  };
  return [release(traced), push];
}
