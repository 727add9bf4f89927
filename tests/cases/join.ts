/** Cases of ops: join: inputs come in one list. */
import * as ops from "../../mod.ts";
import { type Checks, type Table, withArgs } from "./case.ts";

const { ones, cat, stack } = ops;

/** An op called as f([x, y ...], ...args). */
function list(name: keyof Table & keyof typeof ops, ...shapes: number[][][]): Checks {
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

export const checks = {
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
} satisfies Partial<Table>;
