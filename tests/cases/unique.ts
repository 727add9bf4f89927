/** Cases of ops: unique. */
import { isin, ones, unique, uniqueConsecutive, zeros } from "../../mod.ts";
import { type Given, indices, mask, type Table, withArgs } from "./case.ts";

const few: Given = { values: [[3, 1, 3], [2, 1, 1]] };
const rows: Given = { values: [[[1, 2], [1, 2]], [[0, 5], [0, 5]], [[1, 2], [1, 2]], [[1, 2], [1, 2]]] };
const everything = { returnInverse: true, returnCounts: true };
const wanted = [[], [{ returnInverse: true }], [{ returnCounts: true }], [everything]];
const along = [0, 1, -1].map((dim) => [{ dim, ...everything }]);

export const checks = {
  unique: {
    cases: [
      ...withArgs([few], ...wanted, ...along, [true, true]),
      ...withArgs([rows], [{ dim: 0 }], ...along),
      { of: [indices(3, -1, 3)], args: [everything] },
      { of: [indices(5, 3, 9, 3, 1)], args: [{ sorted: false, ...everything }] },
      { of: [mask(true, false, true)], args: [everything] },
      { of: [[]], args: [everything] },
      { of: [[0]], args: [everything] },
      { of: [[0, 2]], args: [{ dim: 0, ...everything }] },
    ],
    gradient: "none",
    laws: {
      "the inverse leads back": ([x]) => {
        const [values, inverse] = unique(x, { returnInverse: true });
        return [values.take(inverse), x];
      },
    },
    errors: [
      [
        () => unique(zeros([2, 0]), { dim: 0 }),
        "Cannot call unique() on [2, 0] along dim 0: its slices have no elements",
      ],
      [() => unique(ones([2]), { dim: 1 }), "Cannot call unique() along dim 1 of a tensor of shape [2]"],
    ],
  },
  uniqueConsecutive: {
    cases: [
      ...withArgs([few], ...wanted, ...along),
      ...withArgs([rows], [{ dim: 0 }], ...along),
      { of: [mask(true, true, false)] },
      { of: [[]], args: [everything] },
      { of: [[0]], args: [everything] },
      { of: [{ values: [NaN, NaN, 1, 1] }] },
    ],
    gradient: "none",
    laws: {
      "the inverse leads back": ([x]) => {
        const [values, inverse] = uniqueConsecutive(x, { returnInverse: true });
        const numbers = values.where(values.eq(values), 0);
        return [numbers.take(inverse), x.where(x.eq(x), 0)];
      },
    },
  },
  isin: {
    cases: [
      { of: [few, { values: [1, 2] }] },
      { of: [few, { values: [[1], [2]] }], args: [{ invert: true, assumeUnique: true }] },
      { of: [few], args: [3] },
      { of: [indices(1, 2, 300), { values: [1, 44], dtype: "uint8" }] },
      { of: [{ values: [0.1, 0.2], dtype: "float32" }], args: [0.1] },
      { of: [{ values: [NaN, -0, 1] }, { values: [NaN, 0] }] },
      { of: [[0], [2]] },
      { of: [[2], [0]], args: [{ invert: true }] },
    ],
    gradient: "none",
    laws: {
      "a number may be looked for": (
        [x],
        [y],
      ) => [isin(3, x).to("float64"), x.eq(3).any().to("float64").add(y.sum().mul(0))],
    },
    errors: [[() => isin(1, 2 as never), "Cannot call isin(): elements must be a tensor, got 1"]],
  },
} satisfies Partial<Table>;
