/** Cases of ops: resize. */
import { ones } from "../../mod.ts";
import { type Input, type Table, withArgs } from "./case.ts";

const matrix: Input = { values: [[1, 2, 3], [4, 5, 6]], constant: true };

export const checks = {
  resize_: {
    cases: withArgs([matrix], [[3, 2]], [[6]], [4], [2, 2], [[]], [[0, 3]], [[2, 3]]),
    gradient: "none",
    layoutMatters: true,
    errors: [
      [
        () => ones([2], { requiresGrad: true }).resize_([1]),
        "Cannot call resize_() on a tensor that takes a gradient: use reshape(), or detach() first",
      ],
      [() => ones([2]).resize_([-1]), "Cannot call resize_() with shape [-1]: a shape is an array of whole"],
    ],
  },
  resizeAs_: {
    cases: [{ of: [matrix, [3, 2]] }, { of: [matrix, []] }],
    gradient: "none",
    layoutMatters: true,
  },
} satisfies Partial<Table>;
