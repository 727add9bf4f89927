/** Cases of ops/pad.ts. */
import type * as family from "../../ops/pad.ts";
import { ones, pad, roll } from "../../mod.ts";
import { type Family, indices, withArgs } from "./case.ts";

/** Every function of ops/pad.ts. */
export const checks: Family<typeof family> = {
  pad: {
    cases: [
      ...withArgs([[2, 3]], [[1, 2]], [[1, 0, 2, 1], "constant", 7], [[-1, 1]], [[0, 0, 1, 1], { value: 2 }]),
      ...withArgs([[1, 2, 4]], [[2, 1], "reflect"], [[3, 1], "replicate"], [[2, 3], "circular"]),
      ...withArgs([[1, 2, 3, 4]], [[2, 1, 0, 2], "reflect"], [[1, 2, 3, 0], "replicate"], [
        [4, 1, 3, 3],
        "circular",
      ]),
    ],
    torch: "torch.nn.functional.pad(a, *args, **kw)",
    errors: [
      [
        () => pad(ones([2, 3]), [1]),
        "Cannot pad [2, 3] by [1]: it must be an array of whole numbers, two for each of up to 2 dimensions, the last first",
      ],
      [
        () => pad(ones([1, 3]), [3, 0], "reflect"),
        "Cannot pad [1, 3] by [3, 0] in mode reflect: dim 1 of size 3 allows at most 2",
      ],
    ],
  },
  constantPadNd: { cases: withArgs([[2, 3]], [[1, 2]], [[1, 0, 2, 1], 5]) },
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
};
