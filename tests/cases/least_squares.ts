/** Cases of ops: least_squares. */
import { linalg, ones, pinverse } from "../../mod.ts";
import type { Case, Table } from "./case.ts";
import { each, python, rectangles, squares, symmetric } from "./matrices.ts";

const ranks: Case[] = [
  { of: [{ values: [[1, 2], [2, 4], [0, 0]] }] },
  { of: [{ values: [[[1, 0], [0, 1e-3]], [[0, 0], [0, 0]]] }] },
  { of: [{ values: [[1, 0], [0, 1e-3]] }], args: [0.01] },
  { of: [{ values: [[1, 0], [0, 1e-3]] }], args: [{ atol: 0.01 }] },
  { of: [{ values: [[3, 0], [0, 1e-3]] }], args: [{ rtol: 1e-4, atol: 1e-4 }] },
  { of: [{ values: [[-2, 0], [0, 1]] }], args: [{ hermitian: true, rtol: 0.6 }] },
  { of: [[0, 3]] },
  { of: [[2, 3, 0]] },
];

export const checks = {
  "linalg.pinv": {
    cases: [
      ...rectangles,
      { of: [[3, 3]], args: [{ rtol: 0.5 }], kinks: true }, // where more is cut off than is zero
      { of: [[3, 3]], args: [{ atol: 1e-3, rtol: 0.3 }], kinks: true },
      { of: [[2, 2, 2]], args: [0.2], kinks: true },
      { of: [[3, 3]], args: [{ rtol: 1e-9 }] },
    ],
    laws: { "A·A⁺·A is A": ([x], [y], args) => args.length ? [y, y] : [x.matmul(y).matmul(x), x] },
    errors: [
      [
        () => linalg.pinv(ones([3])),
        "Cannot call linalg.pinv() on [3]: the input must have at least 2 dimensions",
      ],
      [
        () => linalg.pinv(ones([3, 2]), { hermitian: true }),
        "Cannot call linalg.pinv() on [3, 2]: the input must be square",
      ],
      [
        () => linalg.pinv(ones([3, 2]), ones([4, 3])),
        "Cannot call linalg.pinv() on the factors [3, 2] and [4, 3]: they must have equally many columns",
      ],
    ],
  },
  pinverse: {
    cases: [
      ...squares.map((c) => ({ ...c, args: [{ rcond: 1e-12 }] })),
      { of: [[3, 2], [4, 2]] },
      { of: [[2, 3, 1], [2, 2, 1]] },
    ],
    // symmetric matrices, or of deficient rank: products of two factors
    call: ([x, y], args: readonly unknown[]) =>
      y
        ? linalg.pinv(x, y, ...args as [])
        : [pinverse(x, ...args as []), linalg.pinv(symmetric(x), { hermitian: true })],
    torch:
      `torch.linalg.pinv(a @ x[1].mT) if len(x) > 1 else (torch.pinverse(a, **kw), torch.linalg.pinv(${python.symmetric}, hermitian=True))`,
    errors: [[
      () => pinverse(ones([2, 2]), "x" as never),
      'Cannot call pinverse() with rcond "x": it must be a number',
    ]],
  },
  "linalg.matrixRank": { cases: ranks, gradient: "none" },
  "linalg.lstsq": {
    cases: [
      ...each(
        [{ of: [[4, 2], [4, 3]] }, { of: [[2, 4], [2, 1]] }, { of: [[2, 3, 2], [2, 3, 2]] }],
        [],
        [
          { driver: "gels" },
        ],
        [{ driver: "gelsd" }],
        [{ driver: "gelss", rcond: 1e-3 }],
      ),
      { of: [[2, 3, 2], [2, 3]] },
      {
        of: [{ values: [[1, 2], [2, 4], [0, 0]], constant: true }, {
          values: [[1], [2], [3]],
          constant: true,
        }],
      },
      {
        of: [{ values: [[1, 2], [2, 4], [0, 0]], constant: true }, {
          values: [[1], [2], [3]],
          constant: true,
        }],
        args: [{ driver: "gelsd" }],
      },
    ],
    // of the results only the solution takes gradients; the others are in linalg_test.ts
    call: ([a, b], args) => linalg.lstsq(a, b, ...args).filter((_, i) => i % 2 === 0),
    // the gradient of vectors fails in PyTorch 1.13
    torch: "(lambda x, _, rank, s: (x.squeeze(-1), rank))(*torch.linalg.lstsq(a, b.unsqueeze(-1))) " +
      "if b.ndim < a.ndim else torch.linalg.lstsq(a, b, *args, **kw)[::2]",
    errors: [
      [
        () => linalg.lstsq(ones([3, 2]), ones([2, 2])),
        "Cannot call linalg.lstsq() on [3, 2] and [2, 2]: the second must have 3 rows",
      ],
      [
        () => linalg.lstsq(ones([3, 2]), ones([3, 2]), { driver: "qr" as never }),
        'Cannot call linalg.lstsq() with driver "qr": it must be "gels" or "gelsy" or "gelsd" or "gelss"',
      ],
    ],
  },
} satisfies Partial<Table>;
