/** Cases of ops: pad. */
import { ones, pad } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";

export const checks = {
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
} satisfies Partial<Table>;
