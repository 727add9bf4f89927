/** Cases of ops: strided. */
import { ones } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";

export const checks = {
  asStrided: {
    cases: withArgs(
      [[3, 4]],
      [[2, 2], [4, 1]],
      [[3], [5], 1],
      [[2, 3], [1, 1]],
      [[3, 3], [2, 1], 2],
      [[2], [3], { storageOffset: 2 }],
      [[], [], 5],
    ),
    layoutMatters: true,
    errors: [[
      () => ones([4]).asStrided([3], [2]),
      "Cannot call asStrided() with shape [3], strides [2] and offset 0",
    ]],
  },
  asStridedScatter: {
    cases: [
      ...withArgs([[3, 4], [2, 2]], [[2, 2], [4, 1]], [[2, 2], [4, 2], 1], [[2, 2], [4, 2], {
        storageOffset: 3,
      }]),
      { of: [[5], [2, 2]], args: [[2, 2], [1, 1]], kinks: true },
    ],
    torch:
      "(lambda y: (y.as_strided(*args, **kw).copy_(b), y)[1])(a.clone())", /* as_strided_scatter reads memory it has not set */
    layoutMatters: true,
  },
} satisfies Partial<Table>;
