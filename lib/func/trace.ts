/**
 * Running a function so that it can be differentiated, whatever is being recorded around it.
 *
 * Inputs that nothing outside tracks become leaves of their own; tracked ones a step of the outer tape, so that what
 * is computed here can be differentiated out there as well, to any depth.
 */
import { describe } from "../errors.ts";
import { enableGrad, isGradEnabled, noGrad } from "../grad_mode.ts";
import type { Node } from "../node.ts";
import { currentNode } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { leavesOf, mapTree, type Tree } from "./tree.ts";

/** A function of trees of tensors. */
// deno-lint-ignore no-explicit-any -- the arguments are the user's
export type TreeFunction = (...args: any[]) => any;

/** What a traced call leaves. */
export interface Trace {
  /** The tensors of the arguments that derivatives are taken by, as the function saw them. */
  readonly inputs: readonly Tensor[];
  readonly output: Tree;
  /** The tensors of the output. */
  readonly outputs: readonly Tensor[];
  /** What the function returned beside, with `hasAux`. */
  readonly aux: unknown;
  /** Whether something outside is to be able to differentiate the results. */
  readonly nested: boolean;
}

/** Calls `fn`, recording how its output depends on the arguments at `places`. */
export function trace(
  name: string,
  fn: TreeFunction,
  args: readonly unknown[],
  places: readonly number[],
  hasAux: boolean,
): Trace {
  const action = `call func.${name}()`, outside = isGradEnabled(), inputs: Tensor[] = [];
  let tracked = false;
  const seen = enableGrad(() =>
    args.map((arg, i) => {
      if (!places.includes(i)) return arg;
      if (leavesOf(action, arg).length === 0) {
        throw new TypeError(`Cannot ${action}: argument ${i} has no tensors`);
      }
      return mapTree(arg as Tree, (x) => {
        const follows = outside && currentNode(x) !== null;
        if (follows) tracked = true;
        const input = follows ? x.view(x.shape) : x.detach().requiresGrad_();
        inputs.push(input);
        return input;
      });
    })
  );
  const result = enableGrad(() => fn(...seen));
  if (hasAux && !(Array.isArray(result) && result.length === 2)) {
    throw new TypeError(
      `Cannot ${action} with hasAux: the function must return [output, aux], got ${describe(result)}`,
    );
  }
  const [output, aux] = hasAux ? result : [result, undefined], outputs = leavesOf(action, output);
  return { inputs, output, outputs, aux, nested: tracked || (outside && readsOthers(outputs, inputs)) };
}

/** The output as the caller gets it: on the outer tape only if that tracks it. */
export function release({ output, nested }: Trace): unknown {
  return nested ? output : noGrad(() => mapTree(output, (y) => y.detach()));
}

/** Whether the outputs also depend on something tracked that is not among the inputs. */
function readsOthers(outputs: readonly Tensor[], inputs: readonly Tensor[]): boolean {
  const own = new Set(inputs.map((x) => currentNode(x))), seen = new Set<Node>();
  const stack = outputs.map((y) => currentNode(y)).filter((node) => node !== null);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node) || own.has(node)) continue;
    if (node.isLeaf) return true;
    seen.add(node);
    node.pushSources(stack, -1);
  }
  return false;
}
