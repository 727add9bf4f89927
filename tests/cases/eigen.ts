/** Cases of ops: eigen. Squares of vectors do not depend on their signs. */
import { linalg, ones, svd, symeig, tensor } from "../../mod.ts";
import type { Case, Table } from "./case.ts";
import { each, python, rectangles, squares, symmetric } from "./matrices.ts";

/** Where vectors that only complete a basis are determined up to sign. */
const completed: Case = { of: [{ values: [[1, 2], [3, -1], [0.5, 2]], constant: true }] };

export const checks = {
  "linalg.eigh": {
    cases: [...squares, ...each(squares.slice(0, 2), ["U"])],
    call: ([x], args) => {
      const [values, vectors] = linalg.eigh(symmetric(x), ...args);
      return [values, vectors.square()];
    },
    torch: `(lambda w, v: (w, v**2))(*torch.linalg.eigh(${python.symmetric}, *args))`,
    errors: [
      [() => linalg.eigh(ones([2, 3])), "Cannot call linalg.eigh() on [2, 3]: the input must be square"],
      [
        () => linalg.eigh(ones([2, 2]), "X" as never),
        'Cannot call linalg.eigh() with UPLO "X": it must be "L" or "U" or "l" or "u"',
      ],
    ],
  },
  "linalg.eigvalsh": {
    cases: [...squares, ...nonsymmetric(["L"], ["U"])],
    call: ([x], args) => linalg.eigvalsh(args.length ? x : symmetric(x), ...args),
    torch: `torch.linalg.eigvalsh(a if args else ${python.symmetric}, *args)`,
  },
  symeig: {
    cases: each(squares, [], [true], [{ eigenvectors: true, upper: false }]),
    call: ([x], args) => {
      const [values, vectors] = symeig(symmetric(x), ...args);
      return [values, vectors.square()];
    },
    // without vectors PyTorch has no gradient
    torch: `(lambda w, v: (w, v**2))(*torch.symeig(${python.symmetric}, *args, **kw)) if args or kw else ` +
      `(torch.linalg.eigvalsh(${python.symmetric}), a.new_zeros(0))`,
  },
  "linalg.svd": {
    cases: [
      ...each(rectangles, [false], [{ fullMatrices: false }]),
      ...squares.slice(0, 3),
      completed,
    ],
    call: ([x], args) => {
      const [u, s, vh] = linalg.svd(x, ...args);
      return [u.square(), s, vh.square()];
    },
    torch: "(lambda u, s, v: (u**2, s, v**2))(*torch.linalg.svd(a, *args, **kw))",
    errors: [
      [
        () => linalg.svd(tensor([[1, NaN]])),
        "Cannot take the singular values of matrix 0 of [1, 2]: it has elements that are not finite",
      ],
      [
        () => linalg.svd(ones([3])),
        "Cannot call linalg.svd() on [3]: the input must have at least 2 dimensions",
      ],
    ],
  },
  "linalg.svdvals": { cases: rectangles },
  svd: {
    cases: [
      ...rectangles,
      { of: [[3, 3]], args: [false] },
      { ...completed, args: [false] },
      ...each(rectangles.slice(0, 3), [true, false], [{ computeUv: false }]),
    ],
    call: ([x], args) => {
      const [u, s, v] = svd(x, ...args);
      return [u.square(), s, v.square()];
    },
    torch: "(lambda u, s, v: (u**2, s, v**2))(*torch.svd(a, *args, **kw))",
    tolerance: 1e-11, // LAPACK's singular values of nearly square batches
  },
} satisfies Partial<Table>;

/** A matrix of which only one triangle is meant. */
function nonsymmetric(...args: readonly (readonly unknown[])[]): Case[] {
  return each([{ of: [{ values: [[1, 2, 3], [-1, 0, 4], [5, 0.5, 2]], constant: true }] }], ...args);
}
