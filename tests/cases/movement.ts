/** Cases of ops: movement. */
import { ones, permute, reshape, squeeze, t, transpose, unsqueeze, view } from "../../mod.ts";
import { type Checks, type Table, withArgs } from "./case.ts";

const cube = [[2, 3, 4]];
const asOther = (name: string): Checks => ({
  cases: [{ of: [[2, 3], [3, 2]], gradient: undefined }],
  torch: `a.${name}(b)`,
});

export const checks = {
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
} satisfies Partial<Table>;
