/** Cases of ops: search. */
import { bucketize, ones, searchsorted, tensor } from "../../mod.ts";
import { type Input, type Table, withArgs } from "./case.ts";

const steps: Input = { values: [1, 2, 2, 3, 5] },
  sought: Input = { values: [[0, 1, 2], [2.5, 3, 9], [5, NaN, -1]] };
const rows: Input = { values: [[1, 2, 3], [0, 2, 9]] }, wanted: Input = { values: [[2, 2.5], [2, 2.5]] };
const order: Input = { values: [[1, 0, 2], [2, 1, 0]], dtype: "int32" };
const shuffled: Input = { values: [[2, 1, 3], [9, 2, 0]] };

export const checks = {
  searchsorted: {
    cases: [
      ...withArgs([steps, sought], [], [{ right: true }], [{ side: "right" }], [{
        side: "left",
        outInt32: false,
      }]),
      ...withArgs([rows, wanted], [], [{ right: true }]),
      { of: [steps], args: [2] },
      { of: [steps], args: [2, { right: true }] },
      { of: [steps, []] },
      { of: [{ values: [] }, sought] },
      { of: [[2, 0], [2, 3]] },
      { of: [[0, 2], [0, 3]] },
      { of: [{ values: [1, 3, 5], dtype: "int32" }, { values: [3, 4], dtype: "int32" }] },
      { of: [shuffled, wanted, order] },
      { of: [shuffled, wanted, order], args: [{ right: true }] },
    ],
    call: ([sequence, values, sorter], args: readonly unknown[]) => {
      const [number, options] = values ? [values, args[0]] : args;
      return searchsorted(sequence, number as never, { ...options as object, ...sorter && { sorter } });
    },
    torch:
      "torch.searchsorted(a, *(x[1:2] or args), **{**kw, **({'sorter': c.long()} if len(x) > 2 else {}), 'out_int32': True})",
    gradient: "none",
    errors: [
      [
        () => searchsorted(ones([2, 3]), ones([3, 3])),
        "Cannot call searchsorted() on [2, 3] with values of shape [3, 3]: the sequence must have one dimension",
      ],
      [
        () => searchsorted(ones([2]), 1, { side: "left", right: true }),
        'Cannot call searchsorted() with side "left" and right true: they are opposites',
      ],
      [
        () => searchsorted(ones([2]), 1, { sorter: tensor([0], { dtype: "int32" }) }),
        "Cannot call searchsorted() on [2] with a sorter of shape [1]: they must be equal",
      ],
      [
        () => searchsorted(ones([2]), 1, { sorter: tensor([0, 2], { dtype: "int32" }) }),
        "Cannot call searchsorted() on [2]: index 2 is outside dim 0 of size 2",
      ],
    ],
  },
  bucketize: {
    cases: [
      ...withArgs([sought, steps], [], [{ right: true }], [{ outInt32: true }]),
      { of: [[], steps] },
      { of: [[2, 0], steps] },
      { of: [sought, { values: [] }] },
      { of: [{ values: [1, NaN] }, { values: [1, NaN] }] },
    ],
    torch: "torch.bucketize(a, b, **{**kw, 'out_int32': True})",
    gradient: "none",
    errors: [[
      () => bucketize(ones([2]), ones([2, 2])),
      "Cannot call bucketize() with boundaries of shape [2, 2]: they must have one dimension",
    ]],
  },
} satisfies Partial<Table>;
