/** Cases of ops: lookup. */
import { oneHot, ones, take, tensor } from "../../mod.ts";
import { type Case, indices, type Table } from "./case.ts";

const puts: Case[] = [{ of: [[2, 3], indices(1, 5, 0), [3]] }, {
  of: [[2, 3], indices(1, 1, 0), [3]],
  args: [true],
}];

export const checks = {
  take: {
    cases: [{ of: [[2, 3], indices([0, 5], [2, 2])] }, { of: [[4], indices(-1)] }],
    errors: [[
      () => take(ones([2, 3]), [6]),
      "Cannot call take() on [2, 3]: index 6 is outside its 6 elements, it must be from -6 to 5",
    ]],
  },
  put: { cases: puts, torch: "a.put(*x[1:], *args)" },
  put_: { cases: puts, torch: "a.clone().put_(*x[1:], *args)" },
  takeAlongDim: {
    cases: [{ of: [[3, 4], indices([0, 2, 1, 1])], args: [0] }, { of: [[2, 3], indices(4, 0)] }],
  },
  oneHot: {
    cases: [{ of: [indices([0, 2], [1, 2])] }, { of: [indices(0, 1)], args: [4] }],
    torch: "torch.nn.functional.one_hot(a, *args)",
    gradient: "none",
    errors: [[
      () => oneHot(tensor([3], { dtype: "int32" }), 3),
      "Cannot call oneHot() on class 3 at position 0: it must be from 0 to 2",
    ]],
  },
} satisfies Partial<Table>;
