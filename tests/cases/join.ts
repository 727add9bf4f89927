/** Cases of ops/join.ts: inputs come in one list. */
import type * as family from "../../ops/join.ts";
import * as ops from "../../mod.ts";
import { type Checks, type Family, withArgs } from "./case.ts";

const { ones, cat, stack, split, chunk, unbind } = ops;

/** An op called as f([x, y ...], ...args). */
function list(name: keyof typeof family & keyof typeof ops, ...shapes: number[][][]): Checks {
  const f = ops[name] as unknown as (...args: unknown[]) => unknown;
  const snake = name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  return {
    cases: shapes.map((of) => ({ of })),
    call: (x, args) => f(x, ...args),
    torch: `torch.${snake === "concatenate" ? "cat" : snake}(x, *args, **kw)`,
  };
}

const joins = list("cat", [[2, 3]], [[2, 3], [4, 3]], [[2, 3], [0], [1, 3]]);
const catChecks: Checks = {
  ...joins,
  cases: [...joins.cases, ...withArgs([[2, 3], [2, 1]], [1], [-1], [{ dim: 1 }])],
};

/** Every function of ops/join.ts. */
export const checks: Family<typeof family> = {
  cat: {
    ...catChecks,
    laws: {
      "slices give the parts back": (x, [y], args) =>
        args.length || x.length < 2 ? [y, y] : [y.narrow(0, 0, x[0].shape[0]), x[0]],
    },
    errors: [
      [
        () => cat([ones([2, 3]), ones([2, 4])]),
        "Cannot call cat() on [2, 3] and [2, 4] along dim 0: all other sizes must agree",
      ],
      [() => cat([]), "Cannot call cat() with []: it takes an array of at least one tensor"],
      [() => cat([ones([2]), 3 as never]), "Cannot call cat(): tensor 1 must be a tensor, got 3"],
    ],
  },
  concat: catChecks,
  concatenate: { ...catChecks, torch: "torch.cat(x, *args, **kw)" },
  stack: {
    ...list("stack", [[2, 3], [2, 3]], [[]]),
    cases: [{ of: [[2, 3], [2, 3]] }, { of: [[], []] }, ...withArgs([[2, 3], [2, 3]], [1], [-1])],
    errors: [[
      () => stack([ones([2]), ones([3])]),
      "Cannot call stack() on [2] and [3]: all shapes must be equal",
    ]],
  },
  hstack: list("hstack", [[2], [3]], [[2, 1], [2, 2]], [[], []]),
  vstack: list("vstack", [[2], [2]], [[1, 2], [3, 2]]),
  dstack: list("dstack", [[2], [2]], [[2, 2], [2, 2]]),
  columnStack: list("columnStack", [[2], [2]], [[2, 2], [2]]),
  split: {
    cases: withArgs([[5, 3]], [2], [5], [[1, 4]], [2, 1], [[1, 2], { dim: 1 }]),
    errors: [[
      () => split(ones([5]), [2, 2]),
      "Cannot call split() on [5] with sizes [2, 2]: they must add up to 5, the size of dim 0",
    ]],
  },
  splitWithSizes: {
    cases: withArgs([[5, 3]], [[1, 4]], [[1, 2], 1]),
    torch: "torch.split_with_sizes(a, *args)",
  },
  chunk: {
    cases: withArgs([[5, 3]], [2], [4], [7], [3, 1]),
    errors: [[
      () => chunk(ones([5]), 0),
      "Cannot call chunk() with chunks 0: it must be a whole number of at least 1",
    ]],
  },
  tensorSplit: { cases: withArgs([[5, 3]], [2], [4], [[1, 3]], [[1], 1]) },
  unbind: {
    cases: [{ of: [[3, 2]] }, ...withArgs([[3, 2]], [1], [-1])],
    errors: [[() => unbind(ones([])), "Cannot call unbind() on a 0-d tensor: it has no dimension"]],
  },
};
