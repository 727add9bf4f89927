/** Cases of ops: slice. */
import { arange, narrow, ones, select, sliceDim, zeros } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";

export const checks = {
  sliceDim: {
    cases: [
      { of: [[5, 3]] },
      ...withArgs([[5, 3]], [0, 1], [1, -2], [0, 1, 4], [0, 0, null, 2], [0, -4, -1, 2], [0, 3, 2]),
    ],
    torch: "a[(slice(None),) * ([*args, 0][0]) + (slice(*([*args, None, None, None, None][1:4])),)]",
    errors: [
      [
        () => sliceDim(ones([3]), 0, 0, 3, 0),
        "Cannot slice with step 0: it must be a whole number of at least 1",
      ],
      [() => sliceDim(ones([]), 0), "Cannot slice a 0-d tensor: it has no dimension"],
    ],
  },
  sliceScatter: {
    cases: [{ of: [[5, 3], [2, 3]], args: [0, 1, 5, 2] }, { of: [[5, 3], [5, 1]], args: [1, 2, 3, 1] }],
    torch: "torch.slice_scatter(a, b, *args)",
    errors: [[() => ones([5]).sliceScatter(ones([3]), 0, 0, 2), "Cannot scatter [3] to [2]"]],
  },
  narrow: {
    cases: withArgs([[4, 3]], [0, 1, 2], [1, -2, 1], [0, 4, 0]),
    errors: [[
      () => narrow(arange(4), 0, 2, 3),
      "Cannot narrow dim 0 of [4] to 3 elements from 2 on: it has 4",
    ]],
  },
  select: {
    cases: withArgs([[4, 3]], [0, 1], [1, -1], [-2, 3]),
    errors: [
      [
        () => select(zeros([4, 3]), 0, 4),
        "Cannot select index 4 of dim 0 of [4, 3]: it must be from -4 to 3",
      ],
      [() => select(zeros([]), 0, 0), "Cannot select from a 0-d tensor: it has no dimension"],
    ],
  },
} satisfies Partial<Table>;
