/** Cases of ops: combine. */
import { blockDiag, broadcastShapes, cartesianProd, combinations, ones, tensor } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";

export const checks = {
  blockDiag: {
    cases: [
      { of: [[2, 3], [1, 2], [2, 1]] },
      { of: [[3], [2, 2], []] },
      { of: [[2, 3]] },
      { of: [[0, 2], [2, 2]] },
      { of: [[2], { values: [[1, 2]], dtype: "int32" }] },
    ],
    torch: "torch.block_diag(*x)",
    errors: [
      [() => blockDiag(ones([1, 1, 1])), "Cannot call blockDiag() with [1, 1, 1]: it must have at most 2"],
      [
        () => blockDiag(),
        "Cannot call blockDiag() with []: it takes an array of at least one",
      ],
    ],
  },
  cartesianProd: {
    cases: [{ of: [[2], [3]] }, { of: [[2], [1], [3]] }, { of: [[3]] }, { of: [[2], [0]] }],
    torch: "torch.cartesian_prod(*x)",
    errors: [[
      () => cartesianProd(ones([2, 2])),
      "Cannot call cartesianProd() with [2, 2]: it must have one",
    ]],
  },
  combinations: {
    cases: [
      { of: [[4]] },
      ...withArgs([[4]], [1], [3], [4], [5], [2, true], [{ r: 3, withReplacement: true }]),
      { of: [[0]] },
      { of: [[2]], args: [0], gradient: "none" },
      { of: [{ values: [1, 2, 3], dtype: "int32" }] },
    ],
    errors: [
      [() => combinations(ones([2, 2])), "Cannot call combinations() on [2, 2]: it must have one dimension"],
      [() => combinations(ones([2]), -1), "Cannot call combinations() with r -1: it must be a whole number"],
    ],
  },
  broadcastShapes: {
    cases: withArgs([], [[2, 1], [3]], [[], [1]], [5, [4, 1, 1]], [[0, 1], [1, 3]], [[2, 2]]),
    call: (_, args: readonly unknown[]) =>
      tensor([...broadcastShapes(...args as number[])], { dtype: "int32" }),
    torch: "torch.tensor(torch.broadcast_shapes(*args), dtype=torch.int32)",
    gradient: "none",
    errors: [[
      () => broadcastShapes([2], [3]),
      "Cannot broadcast [2] and [3]: dimension -1 is 2 on the left and 3 on the right, and neither is 1",
    ]],
  },
} satisfies Partial<Table>;
