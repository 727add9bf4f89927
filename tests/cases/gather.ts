/** Cases of ops: gather: the dimension comes between the tensor and the indices. */
import * as ops from "../../mod.ts";
import { type Case, type Checks, indices, type Table } from "./case.ts";

const { ones, tensor } = ops;
const pick = indices([0, 2, 1], [2, 1, 0]), rows = indices(2, 0);
const pairs: Case[] = [{ of: [[3, 4], pick, [2, 3]], args: [0] }, { of: [[4, 3], pick, [2, 3]], args: [1] }];
const slices: Case[] = [{ of: [[3, 4], rows, [2, 4]], args: [0] }, {
  of: [[2, 3], rows, [2, 2]],
  args: [-1],
}];

/** An op called as f(x, dim, index, source, ...rest). */
function along(
  name: keyof Table & keyof typeof ops,
  cases: readonly Case[],
  more: Partial<Checks> = {},
): Checks {
  const f = ops[name] as unknown as (...args: unknown[]) => unknown, inPlace = name.endsWith("_");
  const snake = name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  return {
    cases,
    call: ([x, index, ...source], [dim, ...rest]) => f(x, dim, index, ...source, ...rest),
    torch: `a${inPlace ? ".clone()" : ""}.${snake}(args[0], *x[1:], *args[1:], **kw)`,
    ...more,
  };
}

const scatter: Case[] = [...pairs, { of: [[3, 4], indices([0, 2], [1, 0])], args: [1, 2.5] }];
const scatterAdd: Case[] = [...pairs, { of: [[3, 2], indices([0, 0], [0, 1], [0, 1]), [3, 2]], args: [0] }];
const indexAdd: Case[] = [...slices, { of: [[3, 2], indices(1, 1), [2, 2]], args: [0, { alpha: 0.5 }] }];
const indexFill: Case[] = [{ of: [[3, 2], rows], args: [0, 7] }, { of: [[3, 3], rows, []], args: [1] }];

export const checks = {
  gather: along("gather", pairs.map(({ of, args }) => ({ of: of.slice(0, 2), args })), {
    laws: { "scatter puts back what gather took": ([x, i], [y], [dim]) => [ops.scatter(x, dim, i, y), x] },
    errors: [
      [
        () => ops.gather(ones([2, 3]), 0, tensor([[2, 0, 0]], { dtype: "int32" })),
        "Cannot call gather() on [2, 3]: index 2 is outside dim 0 of size 2, it must be from 0 to 1",
      ],
      [
        () => ops.gather(ones([2, 3]), 0, tensor([0], { dtype: "int32" })),
        "Cannot call gather() on [2, 3] with an index of shape [1]: the index must have as many dimensions",
      ],
    ],
  }),
  scatter: along("scatter", scatter),
  scatter_: along("scatter_", scatter),
  scatterAdd: along("scatterAdd", scatterAdd),
  scatterAdd_: along("scatterAdd_", scatterAdd),
  indexSelect: along("indexSelect", [...slices.map(({ of, args }) => ({ of: of.slice(0, 2), args })), {
    of: [[3, 2], indices(1, 1, 0)],
    args: [0],
  }], {
    errors: [[
      () => ops.indexSelect(ones([2]), 0, tensor([[0]], { dtype: "int32" })),
      "Cannot call indexSelect() with an index of shape [1, 1]: it must have one dimension",
    ]],
  }),
  indexAdd: along("indexAdd", indexAdd),
  indexAdd_: along("indexAdd_", indexAdd),
  indexCopy: along("indexCopy", slices),
  indexCopy_: along("indexCopy_", slices),
  indexFill: along("indexFill", indexFill),
  indexFill_: along("indexFill_", indexFill),
} satisfies Partial<Table>;
