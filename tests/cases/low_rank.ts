/** Cases of ops: low_rank. With as many vectors as the rank the result is exact; squares do not depend on signs. */
import { ones, pcaLowrank, svdLowrank } from "../../mod.ts";
import type { Tensor } from "../../mod.ts";
import type { Table } from "./case.ts";
import { python, regular } from "./matrices.ts";

const squared = ([u, s, v]: readonly Tensor[]) => [u.square(), s, v.square()];

export const checks = {
  svdLowrank: {
    cases: [
      { of: [[4, 2]], args: [2] },
      { of: [[2, 4]], args: [{ q: 2, niter: 1 }] },
      { of: [[2, 4, 3]], args: [3, 0] },
    ],
    call: ([x], args) => squared(svdLowrank(regular(x), ...args)),
    torch: `(lambda u, s, v: (u**2, s, v**2))(*torch.svd_lowrank(${python.regular}, *args, **kw))`,
    tolerance: 1e-10, // powers of the matrix, and other random vectors
    errors: [
      [
        () => svdLowrank(ones([3, 2]), ones([3, 3])),
        "Cannot call svdLowrank() on the factors [3, 2] and [3, 3]: they must have equally many columns",
      ],
      [
        () => svdLowrank(ones([3, 2]), { M: ones([2, 2]) }),
        "Cannot call svdLowrank() on [3, 2] with M [2, 2]: the matrices must be of one size",
      ],
    ],
  },
  pcaLowrank: {
    cases: [
      { of: [[5, 2]] },
      { of: [[5, 2]], args: [2, false] },
      { of: [[2, 4, 2]], args: [{ center: true, niter: 1 }] },
    ],
    call: ([x], args) => squared(pcaLowrank(x, ...args)),
    torch: "(lambda u, s, v: (u**2, s, v**2))(*torch.pca_lowrank(a, *args, **kw))",
    tolerance: 1e-10,
    errors: [[
      () => pcaLowrank(ones([3, 2]), 3),
      "Cannot call pcaLowrank() on [3, 2] with q 3: it must be at most 2",
    ]],
  },
} satisfies Partial<Table>;
