/** Cases of ops: products. */
import { einsum, inner, kron, ones, tensordot, trace, vdot } from "../../mod.ts";
import type { Tensor } from "../../lib/tensor.ts";
import { type Case, type Input, type Table, withArgs } from "./case.ts";

const ints: Input = { values: [[1, -2], [3, 4]], dtype: "int32" };

/** An equation for operands of the given shapes. */
function equation(text: string, ...of: readonly Input[]): Case {
  return { of, args: [text] };
}

/** The operands with the numbers of their dimensions. */
function sublists(...[x, lists]: [readonly Tensor[], readonly (readonly number[])[]]): Tensor {
  return einsum(...x.flatMap((t, i) => [t, lists[i]]), ...lists.slice(x.length));
}

export const checks = {
  inner: {
    cases: [
      { of: [[3], [3]] },
      { of: [[2, 3], [3]] },
      { of: [[2, 3], [4, 3]] },
      { of: [[3], [2, 2, 3]] },
      { of: [[2, 1, 3], [2, 3]] },
      { of: [[], [2, 3]] },
      { of: [[2], []] },
      { of: [[], []] },
      { of: [[2, 0], [3, 0]] },
      { of: [ints, ints] },
    ],
    errors: [
      [
        () => inner(ones([2, 3]), ones([2])),
        "Cannot call inner() on [2, 3] and [2]: last sizes 3 and 2 differ",
      ],
      [() => inner(ones([2]), 3 as never), "Cannot call inner(): other must be a tensor, got 3"],
    ],
  },
  vdot: {
    cases: [{ of: [[3], [3]] }, { of: [[0], [0]] }],
    errors: [
      [() => vdot(ones([2, 1]), ones([2])), "Cannot call vdot() on [2, 1]: the input must have 1 dimension"],
      [() => vdot(ones([3]), ones([2])), "Cannot matmul [3] by [2]: inner sizes 3 and 2 differ"],
    ],
  },
  kron: {
    cases: [
      { of: [[2, 3], [3, 2]] },
      { of: [[2], [3]] },
      { of: [[2], [2, 1, 3]] },
      { of: [[2, 2, 2], [3]] },
      { of: [[], [2, 2]] },
      { of: [[2], []] },
      { of: [[2, 0], [3, 2]] },
      { of: [ints, ints] },
      { of: [[2], ints] },
    ],
    laws: {
      "of transposes it is the transpose": ([x, y], [z]) =>
        x.ndim === 2 && y.ndim === 2 ? [kron(x.t(), y.t()), z.t()] : [z, z],
    },
  },
  tensordot: {
    cases: [
      { of: [[2, 3, 4], [3, 4, 2]] },
      ...withArgs([[2, 3], [3, 4]], [1], [{ dims: 1 }], [0], [[[1], [0]]], [[[-1], [-2]]]),
      ...withArgs([[2, 3, 4], [4, 3, 2]], [[[0, 1], [2, 1]]], [[[2, 0, 1], [0, 2, 1]]], [{
        dims: [[1, 2], [1, 0]],
      }]),
      { of: [[2, 3], [1, 4]], args: [1] },
      { of: [[2, 1], [3, 4]], args: [1] },
      { of: [[2, 0], [0, 4]], args: [1] },
      { of: [[], [2, 3]], args: [0] },
      { of: [[2, 3], [3, 2]], args: [[[], []]] },
      { of: [ints, ints], args: [1] },
    ],
    torch: "torch.tensordot(a, b, *args, **kw)",
    errors: [
      [
        () => tensordot(ones([2, 3]), ones([2, 3]), 1),
        "Cannot call tensordot() on [2, 3] and [2, 3]: sizes 3 and 2 should be the same",
      ],
      [
        () => tensordot(ones([2, 3]), ones([2, 3]), 3),
        "Cannot call tensordot() on [2, 3] and [2, 3] with dims 3: it must be a number of dimensions that both have",
      ],
      [
        () => tensordot(ones([2, 3]), ones([2, 3]), [[0, 0], [0, 1]]),
        "Cannot call tensordot() along dims [0, 0]: each dim may appear once",
      ],
    ],
  },
  einsum: {
    cases: [
      equation("i->", [3]),
      equation("ij->i", [2, 3]),
      equation("ij->ji", [2, 3]),
      equation("ii", [3, 3]),
      equation("ii->i", [3, 3]),
      equation("iji->j", [2, 3, 2]),
      equation("iiij->ji", [2, 2, 2, 3]),
      equation("i,j", [2], [3]),
      equation("i,i", [3], [3]),
      equation("i,i->i", [3], [3]),
      equation("ij,jk", [2, 3], [3, 4]),
      equation("ij,kj->ik", [2, 3], [4, 3]),
      equation("ji,jk->ki", [3, 2], [3, 4]),
      equation("ij,Ab->ijAb", [2, 3], [2, 2]),
      equation("bij,bjk->bik", [2, 2, 3], [2, 3, 2]),
      equation("ijb,bkj->kb", [2, 3, 2], [2, 2, 3]),
      equation("bi,bi->b", [2, 3], [2, 3]),
      equation("bi,bi->bi", [2, 3], [2, 3]),
      equation("ij,jk,kl->il", [2, 3], [3, 2], [2, 3]),
      equation("ij,ik,il->jkl", [2, 3], [2, 2], [2, 2]),
      equation("bn,anm,bm->ba", [2, 3], [2, 3, 2], [2, 2]),
      equation("zyx,b,a->", [2, 1, 2], [2], [3]),
      equation("ba", [2, 3]),
      equation("bA", [2, 3]),
      equation("ij,ij->j", [1, 3], [2, 3]), // sizes of 1 broadcast
      equation("ij,jk->ik", [2, 1], [3, 4]),
      equation("ij,j->i", [2, 3], [1]),
      equation("ij,ik->jk", [1, 2], [3, 1]),
      equation("...", [2, 3]),
      equation("i...->...", [2, 3]),
      equation("...i->i...", [2, 3, 2]),
      equation("...ij,...jk->...ik", [2, 2, 3], [3, 2]),
      equation("...ij,...jk", [2, 1, 2, 3], [3, 3, 2]),
      equation(" ... i k, ... j -> i j ", [1, 2, 3], [3]),
      equation("i...,...i->...", [2, 3], [3, 2]),
      equation("...,...->", [2, 3], [3]),
      equation("a...,a->...", [2], [2]),
      equation("i...j->...", [2, 3, 2]),
      equation(",ij->ji", [], [2, 3]),
      equation(",", [], []),
      equation("->", []),
      equation("ij,jk->ik", [2, 0], [0, 3]),
      equation("i,j->ij", [0], [3]),
      equation("ij->i", [2, 0]),
      equation("ij,jk->ik", ints, ints),
      equation("ij,ij->ij", ints, ints),
      equation("ij->", ints),
    ],
    call: (x, [text]) => einsum(text, ...x),
    torch: "torch.einsum(args[0], *x)",
    laws: {
      "the operands may come as one array": (x, [y], [text]) => [einsum(text, x), y],
      "the equation may come last": (x, [y], [text]) => [einsum(x, text), y],
      "dimensions may be numbers": (x, [y], [text]) =>
        (text as string) === "ij,kj->ik" ? [sublists(x, [[0, 1], [2, 1], [0, 2]]), y] : [y, y],
      "and implicit": (x, [y], [text]) =>
        (text as string) === "ij,jk" ? [sublists(x, [[3, 30], [30, 40]]), y] : [y, y],
    },
    errors: [
      [
        () => einsum("ij,jk", ones([2, 3])),
        'Cannot call einsum() with "ij,jk": it describes 2 operands, not the 1 given',
      ],
      [
        () => einsum("i1", ones([2, 3])),
        'Cannot call einsum() with "i1": "i1" must be letters, and ... at most once',
      ],
      [() => einsum("i->i->i", ones([2])), 'Cannot call einsum() with "i->i->i": it has more than one ->'],
      [() => einsum("i->ii", ones([2])), 'Cannot call einsum() with "i->ii": i appears twice in its result'],
      [() => einsum("i->j", ones([2])), 'Cannot call einsum() with "i->j": j of its result is in no operand'],
      [
        () => einsum("ijk", ones([2, 3])),
        'Cannot call einsum(): "ijk" does not fit operand 0 of shape [2, 3]',
      ],
      [() => einsum("i...", ones([])), 'Cannot call einsum(): "i..." does not fit operand 0 of shape []'],
      [
        () => einsum("ij,jk", ones([2, 3]), ones([2, 3])),
        "Cannot call einsum() on [2, 3] and [2, 3]: sizes 3 and 2 should be the same",
      ],
      [() => einsum("ii", ones([1, 3])), "Cannot call einsum() on [1, 3]: sizes 1 and 3 should be the same"],
      [() => einsum("i"), "Cannot call einsum() without operands: it needs at least one"],
      [
        () => einsum(ones([2]), [52]),
        "Cannot call einsum() with dimension 52: it must be a whole number from 0 to 51",
      ],
      [
        () => einsum(ones([2]), ones([2])),
        "Cannot call einsum() with dimensions a Tensor: they must be an array",
      ],
    ],
  },
  trace: {
    cases: [{ of: [[3, 3]] }, { of: [[2, 4]] }, { of: [[4, 2]] }, { of: [[0, 3]] }, { of: [ints] }],
    torch: "a.diagonal().sum()", // PyTorch's own gradient is wrong below the square part of a tall matrix
    errors: [[() => trace(ones([3])), "Cannot call trace() on [3]: the input must have 2 dimensions"]],
  },
} satisfies Partial<Table>;
