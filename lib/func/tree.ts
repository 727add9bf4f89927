/** Trees: tensors in nested arrays and plain objects, as functions take and return them. */
import { isOptions } from "../arguments.ts";
import { describe } from "../errors.ts";
import { Tensor } from "../tensor.ts";

/** A tensor, or an array or plain object of trees. */
export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree };

/** The tensors of a tree, from left to right. */
export function leavesOf(action: string, tree: unknown): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (Array.isArray(tree)) return tree.flatMap((part) => leavesOf(action, part));
  if (isOptions(tree)) return Object.values(tree).flatMap((part) => leavesOf(action, part));
  throw new TypeError(
    `Cannot ${action}: ${describe(tree)} is neither a tensor nor an array or plain object of tensors`,
  );
}

/** The tree with each tensor replaced; `f` gets its number from left to right. */
export function mapTree<T>(tree: Tree, f: (x: Tensor, index: number) => T): T {
  let index = 0;
  const build = (part: Tree): unknown => {
    if (part instanceof Tensor) return f(part, index++);
    if (Array.isArray(part)) return part.map(build);
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, build(value)]));
  };
  return build(tree) as T; // for a tensor it is T; for others a tree of T in the same form
}

/** Checks that two trees have the same form and shapes; `what` names the second in messages. */
export function checkSameForm(
  action: string,
  what: string,
  like: readonly Tensor[],
  given: readonly Tensor[],
): void {
  if (given.length !== like.length) {
    throw new TypeError(`Cannot ${action}: ${what} has ${given.length} tensors, it must have ${like.length}`);
  }
  given.forEach((x, i) => {
    if (x.shape.join() !== like[i].shape.join()) {
      throw new TypeError(
        `Cannot ${action}: ${what} ${i} has shape [${x.shape.join(", ")}], it must have [${
          like[i].shape.join(", ")
        }]`,
      );
    }
  });
}
