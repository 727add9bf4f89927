/** Cases of ops: unpool. */
import { maxUnpool1d, maxUnpool2d, ones, zeros } from "../../mod.ts";
import { indices, type Table, withArgs } from "./case.ts";

export const checks = {
  maxUnpool1d: {
    cases: [
      ...withArgs([[1, 2, 2], indices([[1, 3], [0, 2]])], [2], [2, 3, { outputSize: [4] }]),
      { of: [[1, 3], indices([0, 3, 5])], args: [{ kernelSize: 3, stride: 2, padding: 1, outputSize: [6] }] },
    ],
    torch: "torch.nn.functional.max_unpool1d(a, b, *args, **kw)",
    errors: [
      [
        () => maxUnpool1d(ones([1, 2]), zeros([1, 3]).int(), 2),
        "Cannot call maxUnpool1d() on [1, 2] with indices [1, 3]: they must be equal",
      ],
      [
        () => maxUnpool1d(ones([1, 2]), zeros([1, 2]).int(), 2, { outputSize: [6] }),
        "Cannot call maxUnpool1d() with outputSize [6]: it must be [4], in each dimension less than stride [2] away",
      ],
      [() => maxUnpool1d(ones([1, 1]), ones([1, 1]).int().mul(7), 2), "Cannot call scatter()"],
    ],
  },
  maxUnpool2d: {
    cases: [
      { of: [[1, 2, 1, 2], indices([[[5, 2]], [[0, 7]]])], args: [2] },
      {
        of: [[2, 2, 1], indices([[0], [11]], [[7], [3]])],
        args: [{ kernelSize: [2, 3], stride: 2, outputSize: [1, 2, 4, 4] }],
      },
    ],
    torch: "torch.nn.functional.max_unpool2d(a, b, *args, **kw)",
    errors: [[
      () => maxUnpool2d(ones([2, 2]), zeros([2, 2]).int(), 2),
      "Cannot call maxUnpool2d() on [2, 2]: it must have 3 or 4 dimensions, the last 2 not empty",
    ]],
  },
  maxUnpool3d: {
    cases: [{ of: [[1, 1, 1, 2], indices([[[3, 12]]])], args: [2, [2, 2, 2]] }],
    torch: "torch.nn.functional.max_unpool3d(a, b, *args, **kw)",
  },
} satisfies Partial<Table>;
