/** Cases of ops: conv. */
import { conv1d, conv2d, convTbc, convTranspose1d, convTranspose2d, ones } from "../../mod.ts";
import { indices, type Table } from "./case.ts";

export const checks = {
  conv1d: {
    cases: [
      { of: [[2, 4, 7], [6, 2, 3], [6]], args: [{ stride: 2, padding: 1, groups: 2 }] },
      { of: [[3, 5], [2, 3, 2]], args: [null, 2, 1] },
      { of: [[1, 2, 6], [3, 2, 4], [3]], args: [1, "same"] },
      { of: [[2, 6], [2, 2, 3]], args: [{ padding: "same", dilation: 2 }] },
      { of: [[2, 1, 4], [1, 1, 4], [1]], args: [[2], "valid", [1]] },
      { of: [[0, 2, 5], [3, 2, 3], [3]], args: [{ padding: [2] }] },
      { of: [indices([[1, 2, 3, 4]]), indices([[1, -1]])] },
    ],
    errors: [
      [
        () => conv1d(ones([2, 5]), ones([1, 3, 2])),
        "Cannot call conv1d() on [2, 5] with weight [1, 3, 2]: the input must have 3 channels",
      ],
      [
        () => conv1d(ones([2, 5]), ones([1, 2, 2]), { stride: 2, padding: "same" }),
        'Cannot call conv1d() with padding "same" and stride [2]: it must be 1',
      ],
      [() => conv1d(ones([2, 5]), ones([1, 2, 2]).int()), "Cannot call conv1d() on dtypes float32, int32"],
    ],
  },
  conv2d: {
    cases: [
      { of: [[2, 2, 5, 4], [3, 2, 3, 2], [3]], args: [{ stride: [2, 1], padding: [1, 0] }] },
      { of: [[4, 5, 6], [2, 2, 2, 3], [2]], args: [[3, 2], [2, 1], [2, 1], 2] },
      { of: [[2, 3, 4, 4], [3, 1, 3, 3], [3]], args: [{ padding: 1, groups: 3 }] },
      { of: [[2, 3, 2, 3], [4, 3, 1, 1]] },
      { of: [[1, 1, 4, 5], [2, 1, 2, 2], [2]], args: [{ padding: "same", dilation: [1, 3] }] },
      { of: [[1, 1, 2, 2], [1, 1, 1, 1]], args: [{ padding: 2, stride: 3 }] },
      { of: [[0, 2, 5, 5], [3, 2, 3, 3], [3]], args: [{ padding: 1 }] },
    ],
    errors: [
      [
        () => conv2d(ones([1, 3, 2, 4]), ones([1, 3, 3, 3])),
        "Cannot call conv2d() on [1, 3, 2, 4]: the kernel extends over 3 elements, dim -2 has 2 with its padding",
      ],
      [
        () => conv2d(ones([3, 4]), ones([1, 3, 3, 3])),
        "Cannot call conv2d() on [3, 4] with weight [1, 3, 3, 3]: the weight must have 4 dimensions, the input 3 or 4",
      ],
      [
        () => conv2d(ones([4, 4, 4]), ones([3, 2, 3, 3]), { groups: 2 }),
        "Cannot call conv2d() on [4, 4, 4] with weight [3, 2, 3, 3]: dim 0 of the weight must be divisible by groups 2",
      ],
      [
        () => conv2d(ones([2, 4, 4]), ones([3, 2, 3, 3]), ones([2])),
        "Cannot call conv2d() on [2, 4, 4] with weight [3, 2, 3, 3]: bias must have shape [3], not [2]",
      ],
      [
        () => conv2d(ones([2, 4, 4]), ones([3, 2, 3, 3]), { stride: [1, 0] }),
        "Cannot call conv2d() with stride [1, 0]: it must be a whole number of at least 1, or a list of 2",
      ],
    ],
  },
  conv3d: {
    cases: [
      { of: [[1, 2, 3, 3, 4], [2, 1, 2, 2, 2], [2]], args: [{ stride: [1, 2, 2], padding: 1, groups: 2 }] },
      { of: [[1, 2, 3, 3], [2, 1, 2, 1, 2]], args: [{ padding: "same" }] },
    ],
  },
  convTranspose1d: {
    cases: [
      { of: [[2, 4, 3], [4, 2, 3], [4]], args: [{ stride: 2, padding: 1, outputPadding: 1, groups: 2 }] },
      { of: [[2, 3], [2, 3, 2]], args: [null, 3, 0, 2, 1, 2] },
      { of: [[0, 2, 3], [2, 3, 2], [3]] },
    ],
    errors: [
      [
        () => convTranspose1d(ones([2, 5]), ones([3, 1, 2])),
        "Cannot call convTranspose1d() on [2, 5] with weight [3, 1, 2]: the input must have 3 channels",
      ],
      [
        () => convTranspose1d(ones([3, 1]), ones([3, 1, 2]), { padding: 1 }),
        "Cannot call convTranspose1d() on [1, 3, 1]: dim -1 of the result would be 0",
      ],
    ],
  },
  convTranspose2d: {
    cases: [
      { of: [[2, 2, 2, 3], [2, 3, 2, 3], [3]], args: [{ stride: [2, 1], padding: [0, 1] }] },
      { of: [[2, 3, 2], [2, 2, 2, 2], [4]], args: [2, 1, 1, 2, [2, 3]] },
    ],
    errors: [[
      () => convTranspose2d(ones([2, 3, 3]), ones([2, 1, 2, 2]), { outputPadding: 1 }),
      "Cannot call convTranspose2d() with outputPadding [1, 1]: it must be less than stride or dilation",
    ]],
  },
  convTranspose3d: {
    cases: [
      {
        of: [[1, 2, 2, 2, 1], [2, 1, 2, 1, 2], [1]],
        args: [{ stride: 2, padding: [1, 0, 0], outputPadding: 1 }],
      },
    ],
  },
  convTbc: {
    cases: [
      { of: [[5, 2, 3], [2, 3, 4], [4]] },
      { of: [[4, 1, 2], [3, 2, 1], [1]], args: [1] },
    ],
    torch: "torch.conv_tbc(a, b, c, *(args or [0]))",
    errors: [[
      () => convTbc(ones([5, 2]), ones([2, 3, 4]), ones([4])),
      "Cannot call convTbc() on [5, 2] with weight [2, 3, 4]: both must have 3 dimensions",
    ]],
  },
} satisfies Partial<Table>;
