/** Cases of ops: rearrange. */
import { ones, roll } from "../../mod.ts";
import { indices, type Table, withArgs } from "./case.ts";

export const checks = {
  flip: {
    cases: withArgs([[2, 3]], [[0]], [[0, 1]], [[-1]]),
    laws: { "twice is the identity": ([x], [y], args) => [y.flip(...args), x] },
  },
  fliplr: { cases: [{ of: [[2, 3]] }] },
  flipud: { cases: [{ of: [[2, 3]] }, { of: [[3]] }] },
  rot90: {
    cases: [{ of: [[2, 3]] }, ...withArgs([[2, 3]], [2], [-1], [5, [1, 0]])],
    laws: { "four turns are none": ([x], [y], [k = 1, dims]) => [y.rot90((4 - k % 4) % 4, dims), x] },
  },
  roll: {
    cases: withArgs([[2, 3]], [1], [-2], [1, 0], [[1, 2], [0, 1]], [7, 1]),
    errors: [[
      () => roll(ones([2, 3]), [1, 2], 0),
      "Cannot call roll() with shifts [1, 2] and dims 0: both must be whole numbers, as many of one as of the other",
    ]],
  },
  repeat: {
    cases: withArgs([[2, 3]], [[2, 1]], [[2, 1, 2]], [[1, 0]]),
    torch: "a.repeat(*args)",
    errors: [[
      () => ones([2, 3]).repeat(2),
      "Cannot call repeat() on [2, 3] with sizes [2]: it needs one per dimension",
    ]],
  },
  tile: { cases: withArgs([[2, 3]], [[2]], [[2, 1, 2]]), torch: "torch.tile(a, *args)" },
  repeatInterleave: {
    cases: [...withArgs([[2, 3]], [2], [2, 1]), { of: [[2, 3], indices(1, 2)], args: [0] }, {
      of: [[2, 3], indices(2, 0, 1)],
      args: [1],
    }],
  },
} satisfies Partial<Table>;
