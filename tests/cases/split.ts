/** Cases of ops: split. */
import { chunk, ones, split, unbind } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";

export const checks = {
  split: {
    cases: withArgs([[5, 3]], [2], [5], [[1, 4]], [2, 1], [[1, 2], { dim: 1 }]),
    errors: [[
      () => split(ones([5]), [2, 2]),
      "Cannot call split() on [5] with sizes [2, 2]: they must add up to 5, the size of dim 0",
    ]],
  },
  splitWithSizes: {
    cases: withArgs([[5, 3]], [[1, 4]], [[1, 2], 1]),
    torch: "torch.split_with_sizes(a, *args)",
  },
  chunk: {
    cases: withArgs([[5, 3]], [2], [4], [7], [3, 1]),
    errors: [[
      () => chunk(ones([5]), 0),
      "Cannot call chunk() with chunks 0: it must be a whole number of at least 1",
    ]],
  },
  tensorSplit: { cases: withArgs([[5, 3]], [2], [4], [[1, 3]], [[1], 1]) },
  unbind: {
    cases: [{ of: [[3, 2]] }, ...withArgs([[3, 2]], [1], [-1])],
    errors: [[() => unbind(ones([])), "Cannot call unbind() on a 0-d tensor: it has no dimension"]],
  },
  hsplit: { cases: [...withArgs([[2, 4]], [2], [[1, 3]]), ...withArgs([[4]], [2])] },
  vsplit: { cases: withArgs([[4, 2]], [2], [[1, 3]]) },
  dsplit: { cases: withArgs([[1, 2, 4]], [2], [[1, 3]]) },
} satisfies Partial<Table>;
