/** Cases of ops: matmul. */
import { bmm, dot, linear, matmul, mm, mv, ones, outer } from "../../mod.ts";
import type { Table } from "./case.ts";

export const checks = {
  matmul: {
    cases: [
      { of: [[2, 3], [3, 4]] },
      { of: [[3], [3]] },
      { of: [[3], [3, 2]] },
      { of: [[2, 3], [3]] },
      { of: [[2, 2, 3], [3, 2]] },
      { of: [[2, 2, 3], [2, 3, 1]] },
      { of: [[2, 1, 2, 3], [3, 3, 2]] },
      { of: [[2, 2, 3], [3]] },
      { of: [[3], [2, 3, 2]] },
      { of: [[2, 0], [0, 3]] },
      { of: [[0, 2], [2, 3]] },
      { of: [[1, 5], [5, 1]] },
    ],
    laws: {
      "(x · y)ᵀ = yᵀ · xᵀ": ([x, y], [product]) =>
        y.ndim < 2 || x.ndim < 2
          ? [product, product]
          : [product.transpose(-2, -1), y.transpose(-2, -1).matmul(x.transpose(-2, -1))],
    },
    errors: [
      [
        () => matmul(ones([2, 3]), ones([4, 5])),
        "Cannot matmul [2, 3] by [4, 5]: inner sizes 3 and 4 differ",
      ],
      [
        () => matmul(ones([]), ones([4])),
        "Cannot matmul [] by [4]: both need at least one dimension; use mul",
      ],
      [
        () => matmul(ones([2, 2]), 3 as never),
        "Cannot call matmul(): the right operand must be a tensor, got 3",
      ],
      [() => matmul(ones([2, 2, 2]), ones([3, 2, 2])), "Cannot matmul [2] and [3]"],
    ],
  },
  mm: {
    cases: [{ of: [[2, 3], [3, 4]] }],
    errors: [[
      () => mm(ones([3]), ones([3, 2])),
      "Cannot call mm() on [3]: the left operand must have 2 dimensions",
    ]],
  },
  bmm: {
    cases: [{ of: [[2, 2, 3], [2, 3, 2]] }],
    errors: [[
      () => bmm(ones([2, 2, 3]), ones([3, 3, 2])),
      "Cannot call bmm() on [2, 2, 3] and [3, 3, 2]: the batch sizes differ",
    ]],
  },
  mv: {
    cases: [{ of: [[2, 3], [3]] }],
    errors: [[
      () => mv(ones([2, 3]), ones([3, 1])),
      "Cannot call mv() on [3, 1]: the vector must have 1 dimension",
    ]],
  },
  dot: {
    cases: [{ of: [[3], [3]] }, { of: [[0], [0]] }],
    errors: [[() => dot(ones([2]), ones([3])), "Cannot matmul [2] by [3]: inner sizes 2 and 3 differ"]],
  },
  outer: {
    cases: [{ of: [[2], [3]] }],
    errors: [[
      () => outer(ones([2, 2]), ones([3])),
      "Cannot call outer() on [2, 2]: the first vector must have 1 dimension",
    ]],
  },
  linear: {
    cases: [
      { of: [[2, 3], [4, 3], [4]] },
      { of: [[3], [4, 3], [4]] },
      { of: [[2, 2, 3], [4, 3]] },
      { of: [[2, 2, 3], [4, 3], [4]] },
      { of: [[2, 3], [3]] },
    ],
    torch: "torch.nn.functional.linear(*x)",
    errors: [[
      () => linear(ones([2, 7]), ones([3, 10])),
      "Cannot apply linear() with weight [3, 10] to [2, 7]: the last dimension must be 10",
    ]],
  },
} satisfies Partial<Table>;
