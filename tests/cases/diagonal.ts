/** Cases of ops: diagonal. */
import { diag, diagonal, ones, tril } from "../../mod.ts";
import { type Checks, type Table, withArgs } from "./case.ts";

const triangle: Checks = {
  cases: [{ of: [[3, 4]] }, ...withArgs([[4, 3]], [1], [-1], [5], [-5]), { of: [[2, 3, 3]] }],
};
const places: Checks = { cases: withArgs([], [3, 4], [4, 3, -1], [2, 2, 1]), gradient: "none" };

export const checks = {
  diagonal: {
    cases: [
      { of: [[3, 4]] },
      ...withArgs([[3, 4]], [1], [-2], [7]),
      ...withArgs([[2, 3, 4]], [0, 1, 2], [{ offset: 1, dim1: -1, dim2: 0 }]),
    ],
    errors: [
      [() => diagonal(ones([3])), "Cannot call diagonal() on [3]: it must have at least 2 dimensions"],
      [
        () => diagonal(ones([3, 3]), 0, 1, -1),
        "Cannot call diagonal() with dim1 = dim2 = 1: they must differ",
      ],
    ],
  },
  fillDiagonal_: {
    cases: [
      ...withArgs([[3, 4]], [2]),
      ...withArgs([[7, 3]], [2], [2, true], [2, { wrap: true }]),
      ...withArgs([[3, 3, 3]], [1]),
      { of: [[0, 2]], args: [1, true] },
    ],
    errors: [
      [
        () => ones([3]).fillDiagonal_(1),
        "Cannot call fillDiagonal_() on [3]: it must have 2 dimensions, or more",
      ],
      [
        () => ones([2, 2], { requiresGrad: true }).fillDiagonal_(1),
        "Cannot call fillDiagonal_() on a leaf that takes a gradient",
      ],
    ],
  },
  diagonalScatter: {
    cases: [{ of: [[3, 4], [3]] }, { of: [[3, 4], [2]], args: [-1] }],
    torch: "torch.diagonal_scatter(a, b, *args)",
  },
  diagEmbed: { cases: [{ of: [[3]] }, { of: [[2, 3]] }, ...withArgs([[2, 3]], [1], [-1, 0, 2])] },
  diag: {
    cases: [{ of: [[3]] }, { of: [[3, 4]] }, ...withArgs([[3]], [1]), ...withArgs([[3, 4]], [-1])],
    errors: [[() => diag(ones([])), "Cannot call diag() on []: it must have 1 or 2 dimensions"]],
  },
  diagflat: { cases: [{ of: [[2, 2]] }, { of: [[3]], args: [1] }] },
  tril: {
    ...triangle,
    errors: [[() => tril(ones([3])), "Cannot call tril() on [3]: it must have at least 2 dimensions"]],
  },
  triu: {
    ...triangle,
    laws: {
      "tril + triu − diagonal is all": ([x], [y], args) => args.length ? [x, x] : [y.add(x.tril(-1)), x],
    },
  },
  trilIndices: places,
  triuIndices: places,
} satisfies Partial<Table>;
