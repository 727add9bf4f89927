/** Cases of ops: arrange. */
import { meshgrid, ones } from "../../mod.ts";
import type { Checks, Table } from "./case.ts";

const atLeast: Checks = { cases: [{ of: [[]] }, { of: [[2]] }, { of: [[2, 3]] }, { of: [[], [2]] }] };
const named = (name: string): Checks => ({ ...atLeast, torch: `torch.${name}(*x)` });

export const checks = {
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
} satisfies Partial<Table>;
