/** Functions of one sample, applied to a batch. */
import { named } from "../arguments.ts";
import { describe, ShapeError } from "../errors.ts";
import { runStack } from "../join.ts";
import { resolveDim, show } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { asFunction } from "./reverse.ts";
import type { TreeFunction } from "./trace.ts";
import { leavesOf, mapTree, type Tree } from "./tree.ts";

/** For each argument (or all) the dimension that counts samples: a number, null for none, or a tree of them. */
export type BatchDims = number | null | readonly BatchDims[] | { readonly [name: string]: BatchDims };

/** Options of {@link vmap}. */
export interface VmapOptions {
  /** Where the samples are in each argument; default 0. */
  inDims?: BatchDims;
  /** Where to put them in each output; default 0. */
  outDims?: BatchDims;
}

/**
 * `fn`, which knows nothing of batches, over all samples of its arguments; results are stacked. The function runs once
 * a sample, so this saves writing, not time; gradients flow through, and it nests with itself and with the other
 * transformations. See {@link https://pytorch.org/docs/stable/generated/torch.func.vmap.html}.
 *
 * @throws {ShapeError} when called, if arguments differ in their number of samples.
 *
 * @example Gradients of each sample's loss
 * ```ts
 * import { func, tensor } from "@dinograd/dinograd";
 *
 * const perSample = func.vmap(func.grad((w, x) => w.mul(x).sum()), { inDims: [null, 0] });
 * console.log(perSample(tensor([1, 1]), tensor([[1, 2], [3, 4]])).toArray()); // [[1, 2], [3, 4]]
 * ```
 */
export function vmap(fn: TreeFunction, ...options: (BatchDims | VmapOptions)[]): TreeFunction {
  const f = asFunction("vmap", fn);
  const { inDims = 0, outDims = 0 } = named<VmapOptions>("func.vmap", options, ["inDims", "outDims"]);
  return (...args) => {
    if (Array.isArray(inDims) && inDims.length !== args.length) {
      throw new TypeError(
        `Cannot call func.vmap(): inDims has ${inDims.length} entries, the function was called with ${args.length} arguments`,
      );
    }
    const dims = args.map((arg, i) => spread(Array.isArray(inDims) ? inDims[i] : inDims, arg));
    const count = samplesOf(args, dims);
    const results = Array.from(
      { length: count },
      (_, n) =>
        f(...args.map((arg, i) =>
          mapOrKeep(arg, (x, k) => {
            const dim = dims[i][k];
            return dim === null ? x : x.select(dim, n);
          })
        )),
    );
    const [first] = results, all = results.map((result) => leavesOf("call func.vmap()", result));
    const to = spread(outDims, first);
    return mapTree(first, (_, k) => {
      const parts = all.map((leaves) => leaves[k]), dim = to[k];
      if (dim === null) return parts[0];
      return runStack(parts, { dim: resolveDim("call func.vmap()", dim, [...parts[0].shape, 1]) });
    });
  };
}

/** One dimension for each tensor of `tree`, from left to right. */
function spread(dims: BatchDims | undefined, tree: unknown): (number | null)[] {
  if (dims === null || typeof dims === "number") {
    return tree instanceof Tensor || (typeof tree === "object" && tree !== null)
      ? leavesOf("call func.vmap()", tree).map(() => dims)
      : [];
  }
  if (typeof dims === "object" && typeof tree === "object" && tree !== null && !(tree instanceof Tensor)) {
    const table = dims as Readonly<Record<string, BatchDims>>;
    return Object.entries(tree).flatMap(([name, part]) => spread(table[name], part));
  }
  throw new TypeError(
    `Cannot call func.vmap() with ${
      describe(dims)
    } as a dimension: it must be a number, null, or a tree like the argument`,
  );
}

/** How many samples all arguments have. */
function samplesOf(args: readonly unknown[], dims: readonly (readonly (number | null)[])[]): number {
  const counts = new Map<number, Tensor>();
  args.forEach((arg, i) => {
    mapOrKeep(arg, (x, k) => {
      const dim = dims[i][k];
      if (dim !== null) counts.set(x.shape[resolveDim("call func.vmap()", dim, x.shape)], x);
      return x;
    });
  });
  const [first, second] = counts.values();
  if (second) {
    throw new ShapeError(
      `Cannot call func.vmap() on ${show(first.shape)} and ${
        show(second.shape)
      }: their numbers of samples differ`,
    );
  }
  const [count] = counts.keys();
  if (count) return count;
  throw new ShapeError(
    `Cannot call func.vmap(): ${
      count === 0 ? "there are no samples" : "no argument has a dimension of samples"
    }`,
  );
}

/** As mapTree; what is no tree, such as a number, is passed on as it is. */
function mapOrKeep(arg: unknown, f: (x: Tensor, k: number) => Tensor): unknown {
  return typeof arg === "object" && arg !== null ? mapTree(arg as Tree, f) : arg;
}
