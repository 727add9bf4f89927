/** Cases of ops/movement.ts. */
import type * as family from "../../ops/movement.ts";
import {
  arange,
  narrow,
  ones,
  permute,
  reshape,
  select,
  sliceDim,
  squeeze,
  t,
  transpose,
  unsqueeze,
  view,
  zeros,
} from "../../mod.ts";
import { type Checks, type Family, withArgs } from "./case.ts";

const cube = [[2, 3, 4]];
const asOther = (name: string): Checks => ({
  cases: [{ of: [[2, 3], [3, 2]], gradient: undefined }],
  torch: `a.${name}(b)`,
});

/** Every function of ops/movement.ts. */
export const checks: Family<typeof family> = {
  reshape: {
    cases: [...withArgs(cube, [[4, 6]], [[-1]], [[2, -1, 2]], [[2, 3, 4]], [[1, 24, 1]]), {
      of: [[0, 3]],
      args: [[3, 0]],
    }, { of: [[]], args: [[1, 1]] }],
    laws: { "there and back is the identity": ([x], [y]) => [y.reshape(x.shape), x] },
    errors: [
      [
        () => reshape(ones([2, 3]), [4, 2]),
        "Cannot reshape [2, 3] to [4, 2]: the first holds 6 elements, the second 8",
      ],
      [
        () => reshape(ones([2, 3]), [-1, 4]),
        "Cannot reshape [2, 3] to [-1, 4]: the first holds 6 elements, which the second cannot",
      ],
      [() => reshape(ones([2, 3]), "x" as never), "Cannot reshape [2, 3] to"],
    ],
  },
  view: {
    cases: withArgs(cube, [[4, 6]], [[-1]]),
    layoutMatters: true,
    errors: [[
      () => view(ones([2, 3]).t(), [6]),
      "Cannot view [3, 2] as [6]: its strides [1, 3] do not allow it without a copy; use reshape",
    ]],
  },
  reshapeAs: asOther("reshape_as"),
  viewAs: { ...asOther("view_as"), layoutMatters: true },
  permute: {
    cases: withArgs(cube, [[2, 0, 1]], [[-1, 1, 0]]),
    errors: [
      [
        () => permute(ones([2, 3]), [0, 0]),
        "Cannot permute [2, 3] by [0, 0]: each of its 2 dims must appear once",
      ],
      [
        () => permute(ones([2, 3]), [0, 2]),
        "Cannot permute along dim 2 of a tensor of shape [2, 3]: dim must be a whole number from -2 to 1",
      ],
    ],
  },
  transpose: {
    cases: [...withArgs(cube, [0, 1], [-1, 0], [1, 1]), { of: [[]], args: [0, -1] }],
    laws: { "twice is the identity": ([x], [y], [a, b]) => [y.transpose(a, b), x] },
    errors: [[
      () => transpose(ones([2, 3]), 0, 2),
      "Cannot transpose along dim 2 of a tensor of shape [2, 3]",
    ]],
  },
  t: {
    cases: [{ of: [[2, 3]] }, { of: [[3]] }, { of: [[]] }],
    errors: [[
      () => t(ones([1, 2, 3])),
      "Cannot take t() of [1, 2, 3]: it has more than 2 dimensions; use transpose or mT",
    ]],
  },
  expand: {
    cases: [{ of: [[2, 1]], args: [[2, 3]] }, { of: [[3]], args: [[2, -1]] }, { of: [[]], args: [[2, 2]] }, {
      of: [[1, 2]],
      args: [[0, 2]],
    }],
    errors: [[
      () => ones([2, 3]).expand([4, 3]),
      "Cannot expand [2, 3] to [4, 3]: aligned from the right, every size must match or be 1",
    ]],
  },
  expandAs: { cases: [{ of: [[2, 1], [2, 3]] }], torch: "a.expand_as(b) + 0 * b" },
  broadcastTo: { cases: [{ of: [[2, 1]], args: [[4, 2, 3]] }] },
  squeeze: {
    cases: [{ of: [[1, 3, 1]] }, ...withArgs([[1, 3, 1]], [0], [-1], [1]), { of: [[]] }],
    errors: [[() => squeeze(ones([1, 2]), 2), "Cannot squeeze along dim 2 of a tensor of shape [1, 2]"]],
  },
  unsqueeze: {
    cases: [...withArgs([[2, 3]], [0], [1], [-1], [2]), { of: [[]], args: [0] }],
    errors: [[() => unsqueeze(ones([2]), 2), "Cannot unsqueeze along dim 2 of a tensor of shape [2, 1]"]],
  },
  flatten: {
    cases: [{ of: cube }, ...withArgs(cube, [1], [0, 1], [1, -1]), { of: [[]] }],
    errors: [[
      () => ones([2, 3]).flatten(1, 0),
      "Cannot flatten [2, 3] from dim 1 to 0: the first comes later",
    ]],
  },
  asStrided: {
    cases: withArgs([[3, 4]], [[2, 2], [4, 1]], [[3], [5], 1], [[2, 3], [1, 1]], [[3, 3], [2, 1], 2]),
    layoutMatters: true,
    errors: [[
      () => ones([4]).asStrided([3], [2]),
      "Cannot call asStrided() with shape [3], strides [2] and offset 0",
    ]],
  },
  asStridedScatter: {
    cases: withArgs([[3, 4], [2, 2]], [[2, 2], [4, 1]], [[2, 2], [4, 2], 1]),
    torch:
      "(lambda y: (y.as_strided(*args).copy_(b), y)[1])(a.clone())", /* as_strided_scatter reads memory it has not set */
    layoutMatters: true,
  },
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
};
