/** Cases of ops: matrix. */
import { chainMatmul, cross, linalg, ones, vander } from "../../mod.ts";
import { type Case, type Input, mask, type Table, withArgs } from "./case.ts";

const ints: Input = { values: [1, -2, 3], dtype: "int32" }, elements: Input = { values: [0, 2, -1, 0.5] };
const chains: Case[] = [
  { of: [[2, 3], [3, 4]] },
  { of: [[2, 3], [3, 4], [4, 1]] },
  { of: [[1, 4], [4, 2], [2, 3], [3, 2], [2, 4]] },
  { of: [[2, 0], [0, 3], [3, 2]] },
];

export const checks = {
  "linalg.matmul": { elsewhere: "matmul" },
  cross: {
    cases: [
      { of: [[3], [3]] },
      { of: [[2, 3], [2, 3]] },
      { of: [[3, 2, 3], [3, 2, 3]] },
      ...withArgs([[3, 2, 3], [3, 2, 3]], [2], [-1], [{ dim: 0 }], [null]),
      { of: [[2, 1, 3], [1, 4, 3]], args: [-1] },
      { of: [[0, 3], [0, 3]] },
      { of: [ints, ints] },
    ],
    laws: {
      "it is normal to both": ([x, y], [z], [dim]) => {
        const d = dim ?? z.shape.indexOf(3);
        const along = typeof d === "number" ? d : 0;
        return [x.mul(z).sum(along).add(y.mul(z).sum(along)), z.sum(along).mul(0)];
      },
    },
    errors: [
      [
        () => cross(ones([2, 2]), ones([2, 2])),
        "Cannot call cross() on [2, 2]: it has no dimension of size 3",
      ],
      [() => cross(ones([3]), ones([1, 3])), "Cannot call cross() on [3] and [1, 3]: their ranks differ"],
      [
        () => cross(ones([3, 2]), ones([3, 2]), 1),
        "Cannot call cross() on [3, 2] and [3, 2] along dim 1: its size must be 3 in both",
      ],
    ],
  },
  "linalg.cross": {
    cases: [
      { of: [[3, 3], [3, 3]] },
      { of: [[1, 3], [4, 3]] },
      ...withArgs([[3, 2], [3, 1]], [0], [{ dim: -2 }]),
    ],
    torch: "torch.linalg.cross(a, b, **({'dim': args[0]} if args else kw))",
    errors: [
      [
        () => linalg.cross(ones([3, 2]), ones([3, 2])),
        "Cannot call linalg.cross() on [3, 2] and [3, 2] along dim 1: its size must be 3 in both",
      ],
    ],
  },
  "linalg.vecdot": {
    cases: [
      { of: [[3], [3]] },
      { of: [[2, 3], [2, 3]] },
      { of: [[2, 1, 3], [4, 3]] },
      ...withArgs([[2, 3], [2, 3]], [0], [{ dim: -2 }]),
      { of: [[2, 0], [2, 0]] },
    ],
    torch: "torch.linalg.vecdot(a, b, **({'dim': args[0]} if args else kw))",
    errors: [
      [
        () => linalg.vecdot(ones([2]).int(), ones([2]).int()),
        "Cannot call linalg.vecdot() on int32 and int32: both must be of a float dtype",
      ],
    ],
  },
  vander: {
    cases: [
      { of: [elements] },
      ...withArgs([elements], [3], [0], [1], [6, true], [{ N: 2 }], [{ increasing: true }], [null, true]),
      { of: [[0]] },
      { of: [ints], args: [4] },
      { of: [mask(true, false)] },
      { of: [{ values: [NaN, Infinity, 0] }], kinks: true },
    ],
    // PyTorch 1.13 cannot run backward of its own
    torch:
      "(lambda N=None, increasing=False: (a + 0)[:, None] ** (lambda e: e if increasing else e.flip(0))" +
      "(torch.arange(len(a) if N is None else N)))(*args, **kw)",
    errors: [
      [() => vander(ones([2, 2])), "Cannot call vander() on [2, 2]: the input must have 1 dimension"],
      [
        () => vander(ones([2]), -1),
        "Cannot call vander() with N -1: it must be a whole number of at least 0",
      ],
    ],
  },
  "linalg.vander": {
    cases: [
      { of: [elements] },
      { of: [[2, 3]] },
      ...withArgs([[2, 3]], [2], [{ N: 5 }]),
      { of: [[]], args: [3] },
      { of: [ints], args: [4] },
    ],
    torch: "torch.linalg.vander(a, **({'N': args[0]} if args else kw))",
    errors: [
      [
        () => linalg.vander(ones([2]), 1),
        "Cannot call linalg.vander() with N 1: it must be a whole number of at least 2",
      ],
    ],
  },
  "linalg.diagonal": {
    cases: [
      { of: [[2, 3]] },
      { of: [[2, 3, 4]] },
      ...withArgs([[2, 3, 4]], [{ offset: 1 }], [{ offset: -1, dim1: 0 }], [{ dim1: 0, dim2: 2 }]),
    ],
    errors: [[
      () => linalg.diagonal(ones([2])),
      "Cannot call diagonal() on [2]: it must have at least 2 dimensions",
    ]],
  },
  "linalg.multiDot": {
    cases: [...chains, { of: [[3], [3]] }, { of: [[3], [3, 2], [2, 4]] }, { of: [[2, 3], [3, 2], [2]] }],
    call: (x) => linalg.multiDot(x),
    torch: "torch.linalg.multi_dot(x)",
    errors: [
      [
        () => linalg.multiDot([ones([2])]),
        "Cannot call linalg.multiDot() with one tensor: it takes two or more",
      ],
      [
        () => linalg.multiDot([ones([2, 3]), ones([2, 3])]),
        "Cannot call linalg.multiDot() on [2, 3] and [2, 3]: inner sizes 3 and 2 differ",
      ],
      [
        () => linalg.multiDot([ones([2, 3]), ones([3]), ones([3, 2])]),
        "Cannot call linalg.multiDot() on [3]: tensor 1 must have 2 dimensions",
      ],
      [() => linalg.multiDot(3 as never), "Cannot call linalg.multiDot() with 3: it takes an array"],
    ],
  },
  chainMatmul: {
    cases: [...chains, { of: [[2, 3]] }],
    laws: { "it is the product": (x, [y]) => [x.reduce((a, b) => a.mm(b)), y] },
    errors: [
      [
        () => chainMatmul(ones([2, 3]), ones([2, 3])),
        "Cannot call chainMatmul() on [2, 3] and [2, 3]: inner sizes 3 and 2 differ",
      ],
    ],
  },
} satisfies Partial<Table>;
