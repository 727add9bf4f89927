/** Cases of ops: addmm. */
import { addbmm, addmm, addmv, addr, baddbmm, ones } from "../../mod.ts";
import { type Case, type Input, mask, type Table, withArgs } from "./case.ts";

const weights = [{ beta: 0.2, alpha: 0.6 }], half = [{ alpha: 0.5 }], ignoring = [{ beta: 0, alpha: 2 }];

/** An input of the product's shape, one that broadcasts, a number; weights; NaN ignored; integers. */
function cases(shape: readonly number[], first: Input, second: Input, integers: Case): Case[] {
  const whole = [{ values: 3, dtype: "int32" } as const, ...integers.of],
    nan = [{ values: NaN }, first, second];
  return [
    { of: [shape, first, second] },
    ...withArgs([[1], first, second], [], weights),
    ...withArgs([[], first, second], half, ignoring),
    ...withArgs(nan, ignoring, weights).map((c) => ({ ...c, kinks: true })),
    ...withArgs(whole, [], [{ beta: -2, alpha: 3 }]),
  ];
}

const matrix: Input = { values: [[1, 2], [3, 4]], dtype: "int32" };
const column: Input = { values: [[5], [-6]], dtype: "int32" },
  vector: Input = { values: [5, -6], dtype: "int32" };
const batches: Case = {
  of: [[[[1, 2]], [[3, 4]]], [[[5], [-6]], [[7], [8]]]].map((values) => ({ values, dtype: "int32" })),
};

/** The cases of batches, two of them or none. */
function batched(shape: readonly number[]): Case[] {
  return [
    ...cases(shape, [2, 3, 2], [2, 2, 4], batches),
    { of: [[3, 4], [2, 3, 0], [2, 0, 4]], args: weights },
    { of: [[], [0, 3, 2], [0, 2, 4]], args: weights },
  ];
}

export const checks = {
  addmm: {
    cases: [
      ...cases([2, 4], [2, 3], [3, 4], { of: [matrix, column] }),
      { of: [[2, 1], [2, 3], [3, 4]], args: weights },
      { of: [[4], [2, 0], [0, 4]], args: weights },
      { of: [[4], [0, 3], [3, 4]] },
    ],
    errors: [
      [
        () => addmm(ones([3]), ones([2, 3]), ones([3, 4])),
        "Cannot expand the input of addmm() [3] to [2, 4]: aligned from the right, every size must match or be 1",
      ],
      [
        () => addmm(ones([1]), ones([2, 3]), ones([4, 5])),
        "Cannot call addmm() on [2, 3] and [4, 5]: inner sizes 3 and 4 differ",
      ],
      [
        () => addmm(ones([1]), ones([3]), ones([3, 5])),
        "Cannot call addmm() on [3]: mat1 must have 2 dimensions",
      ],
      [
        () => addmm(ones([1]).int(), ones([1, 1]).int(), ones([1, 1]).int(), { beta: 0.5 }),
        "Cannot call addmm() with beta 0.5 on integers: it must be a whole number",
      ],
      [
        () => addmm(ones([1]), ones([1, 1]), ones([1, 1]), { gamma: 1 } as never),
        "Cannot call addmm() with option gamma: its options are beta, alpha",
      ],
    ],
  },
  addmv: {
    cases: [...cases([2], [2, 3], [3], { of: [matrix, vector] }), { of: [[2], [2, 0], [0]], args: weights }],
    errors: [
      [
        () => addmv(ones([1]), ones([2, 3]), ones([2])),
        "Cannot call addmv() on [2, 3] and [2]: inner sizes 3 and 2 differ",
      ],
      [
        () => addmv(ones([1]), ones([2, 3]), ones([3, 1])),
        "Cannot call addmv() on [3, 1]: vec must have 1 dimension",
      ],
    ],
  },
  addr: {
    cases: [
      ...cases([2, 3], [2], [3], { of: [vector, vector] }),
      { of: [[2, 1], [2], [3]], args: weights },
      { of: [[], [0], [3]] },
      { of: [{ values: [1.5] }, { values: [2], dtype: "float32" }, { values: [3], dtype: "int32" }] },
      { of: [mask(true, false), mask(true, false), mask(true, true)] },
    ],
    errors: [
      [
        () => addr(ones([1]), ones([2, 1]), ones([3])),
        "Cannot call addr() on [2, 1]: vec1 must have 1 dimension",
      ],
    ],
  },
  addbmm: {
    cases: batched([3, 4]),
    errors: [
      [
        () => addbmm(ones([1]), ones([2, 3, 4]), ones([3, 4, 5])),
        "Cannot call addbmm() on [2, 3, 4] and [3, 4, 5]: the batch sizes differ",
      ],
    ],
  },
  baddbmm: {
    // PyTorch 1.13 lets a NaN of the input through here, as later ones do not
    cases: batched([2, 3, 4]).filter((c) => !(c.kinks && c.args?.[0] === ignoring[0])),
    errors: [
      [
        () => baddbmm(ones([1]), ones([2, 3, 4]), ones([2, 3, 5])),
        "Cannot call baddbmm() on [2, 3, 4] and [2, 3, 5]: inner sizes 4 and 3 differ",
      ],
    ],
  },
} satisfies Partial<Table>;
