/** Cases of ops/arrange.ts. */
import type * as family from "../../ops/arrange.ts";
import { meshgrid, ones } from "../../mod.ts";
import { type Checks, type Family, withArgs } from "./case.ts";

const atLeast: Checks = { cases: [{ of: [[]] }, { of: [[2]] }, { of: [[2, 3]] }, { of: [[], [2]] }] };
const named = (name: string): Checks => ({ ...atLeast, torch: `torch.${name}(*x)` });

/** Every function of ops/arrange.ts. */
export const checks: Family<typeof family> = {
  broadcastTensors: { cases: [{ of: [[2, 1], [3]] }, { of: [[], [2]] }] },
  meshgrid: {
    cases: [{ of: [[2], [3]] }, { of: [[2], [3]], args: [{ indexing: "xy" }] }, { of: [[2], []] }],
    torch: 'torch.meshgrid(*x, indexing=kw.get("indexing", "ij"))',
    errors: [[
      () => meshgrid(ones([2, 2])),
      "Cannot call meshgrid() on [2, 2]: every input must be a vector or 0-d",
    ]],
  },
  atleast1d: named("atleast_1d"),
  atleast2d: named("atleast_2d"),
  atleast3d: named("atleast_3d"),
  hsplit: { cases: [...withArgs([[2, 4]], [2], [[1, 3]]), ...withArgs([[4]], [2])] },
  vsplit: { cases: withArgs([[4, 2]], [2], [[1, 3]]) },
  dsplit: { cases: withArgs([[1, 2, 4]], [2], [[1, 3]]) },
};
