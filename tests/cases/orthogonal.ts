/** Cases of ops: orthogonal. */
import { geqrf, linalg, ones, orgqr, ormqr, qr, tensor } from "../../mod.ts";
import type { Case, Table } from "./case.ts";
import { each, rectangles } from "./matrices.ts";

/** Vectors of reflections and their factors. */
const reflections: Case[] = [
  { of: [[3, 3], [3]] },
  { of: [[4, 2], [2]] },
  { of: [[4, 3], [2]] },
  { of: [[2, 3, 2], [2, 2]] },
  { of: [[3, 2], [0]] },
  { of: [[0, 0], [0]] },
];

export const checks = {
  qr: {
    cases: [...rectangles, ...each(rectangles.slice(2, 3), [false], [{ some: false }]), {
      of: [{ values: [[1, 2], [3, 4], [5, 7]], constant: true }],
      args: [false],
    }],
    laws: { "Q·R is A": ([x], [q, r]) => [q.matmul(r), x] },
    errors: [
      [() => qr(ones([3])), "Cannot call qr() on [3]: the input must have at least 2 dimensions"],
      [
        () => qr(ones([3, 2], { requiresGrad: true }), false)[1].sum().backward(),
        'Cannot run backward of linalg.qr() with mode "complete" on [3, 2]',
      ],
    ],
  },
  "linalg.qr": {
    cases: [
      ...rectangles,
      { of: [[2, 4]], args: ["complete"] },
      { of: [{ values: [[1, 2], [3, 4], [5, 7]], constant: true }], args: ["complete"] },
      { of: [{ values: [[1, 2], [3, 4], [5, 7]], constant: true }], args: [{ mode: "r" }] },
      { of: [{ values: [[0, 0], [0, 2]], constant: true }] },
    ],
    errors: [[
      () => linalg.qr(ones([2, 2]), { mode: "full" as never }),
      'Cannot call linalg.qr() with mode "full": it must be "reduced" or "complete" or "r"',
    ]],
  },
  geqrf: {
    cases: rectangles,
    gradient: "none",
    torch: "torch.geqrf(a.detach())",
  },
  "linalg.householderProduct": {
    cases: reflections,
    errors: [
      [
        () => linalg.householderProduct(ones([2, 3]), ones([2])),
        "Cannot call linalg.householderProduct() on [2, 3]: it must have no more columns than rows",
      ],
      [
        () => linalg.householderProduct(ones([3, 2]), ones([3])),
        "Cannot call linalg.householderProduct() on [3, 2] with tau [3]: tau must be [2], or shorter",
      ],
    ],
  },
  orgqr: { cases: reflections, call: ([x, tau]) => orgqr(x, tau) },
  ormqr: {
    cases: [
      { of: [[3, 3], [3], [3, 2]] },
      ...each([{ of: [[4, 2], [2], [3, 4]] }], [false], [{ left: false, transpose: true }]),
      { of: [[2, 3, 2], [2, 2], [2, 3, 1]], args: [true, true] },
      { of: [[0, 2], [0], [0, 2]] },
    ],
    torch: "torch.ormqr(a.detach(), b.detach(), c.detach(), *args, **kw)",
    laws: {
      "H·H is 1 for the factors of geqrf": ([x, , c]) => {
        const [a, tau] = geqrf(x);
        if (c.shape.at(-2) !== x.shape.at(-2)) return [c, c];
        return [ormqr(a, tau, ormqr(a, tau, c), { transpose: true }), c];
      },
    },
    errors: [[
      () => ormqr(ones([3, 2]), tensor([1, 1]), ones([2, 2])),
      "Cannot call ormqr() on [3, 2] and [2, 2]: the second must have 3 rows",
    ]],
  },
} satisfies Partial<Table>;
