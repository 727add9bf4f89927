/** Cases of ops: attention. */
import {
  _scaledDotProductAttention,
  manualSeed,
  ones,
  scaledDotProductAttention,
  type Tensor,
} from "../../mod.ts";
import { type Case, mask, type Table, withArgs } from "./case.ts";

const qkv = [[2, 3, 4], [2, 5, 4], [2, 5, 2]];
const seen = mask([true, false, true, true, false], [true, true, true, false, false], [
  false,
  false,
  false,
  false,
  true,
]);

/** Inputs after the first three are masks. */
const call = (f: typeof scaledDotProductAttention | typeof _scaledDotProductAttention) =>
(
  [query, key, value, attnMask]: readonly Tensor[],
  [options]: readonly never[],
): unknown => {
  manualSeed(5);
  return f(query, key, value, attnMask, options);
};

const cases: Case[] = [
  ...withArgs(qkv, [], [{ isCausal: true }]),
  { of: [...qkv, seen] },
  { of: [[2, 1, 3, 4], [2, 2, 5, 4], [2, 2, 5, 4], seen] },
];

export const checks = {
  scaledDotProductAttention: {
    cases: [...cases, ...withArgs(qkv, [{ scale: 0.3 }]), { of: [...qkv, [3, 5]] }],
    call: call(scaledDotProductAttention),
    torch: "(lambda s, m=None: torch.softmax(s if m is None else s + m if m.dtype == torch.float64 else " +
      "s.masked_fill(~m, -float('inf')), -1) @ c)(a @ b.transpose(-2, -1) * kw.get('scale', a.shape[-1] ** -0.5), " +
      "*(x[3:] or ([torch.ones(a.shape[-2], b.shape[-2]).tril().bool()] if kw.get('is_causal') else [])))",
    errors: [
      [
        () => scaledDotProductAttention(ones([2, 3]), ones([4, 2]), ones([4, 2])),
        "Cannot call scaledDotProductAttention() with query [2, 3], key [4, 2] and value [4, 2]: they must be " +
        "[..., l, e], [..., s, e] and [..., s, v]",
      ],
      [
        () =>
          scaledDotProductAttention(ones([2, 2]), ones([2, 2]), ones([2, 2]), ones([2, 2]), {
            isCausal: true,
          }),
        "Cannot call scaledDotProductAttention() with attnMask and isCausal: only one of them may be given",
      ],
    ],
  },
  _scaledDotProductAttention: {
    cases: [...cases, ...withArgs(qkv, [{ needAttnWeights: true, dropoutP: 0.4 }])],
    call: call(_scaledDotProductAttention),
    torch:
      "seeded(5, lambda: torch.nn.functional._scaled_dot_product_attention(*x, **{**kw, 'need_attn_weights': True}))",
  },
} satisfies Partial<Table>;
