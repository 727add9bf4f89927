/** Cases of ops: dropout: the same elements drop as in PyTorch after the same manualSeed(). */
import { manualSeed } from "../../lib/random.ts";
import { alphaDropout, dropout, featureAlphaDropout, featureDropout, ones } from "../../mod.ts";
import { type Checks, type Table, withArgs } from "./case.ts";

function seeded(f: (...args: never[]) => unknown, torch: string): Partial<Checks> {
  return {
    call: (x, args) => {
      manualSeed(5);
      return (f as (...args: unknown[]) => unknown)(...x, ...args);
    },
    torch: `seeded(5, lambda: torch.nn.functional.${torch}(a, *args, **kw))`,
  };
}

export const checks = {
  dropout: {
    cases: withArgs([[4, 5]], [], [0.3], [0], [1], [0.3, false], [{ p: 0.4, training: true }]),
    ...seeded(dropout, "dropout"),
    errors: [[() => dropout(ones([2]), 1.5), "Cannot call dropout() with p 1.5: it must be between 0 and 1"]],
  },
  featureDropout: {
    cases: withArgs([[2, 4, 3]], [0.3], [0.3, false]),
    ...seeded(featureDropout, "dropout2d"),
    errors: [[() => featureDropout(ones([2])), "Cannot call featureDropout() on [2]"]],
  },
  alphaDropout: {
    cases: withArgs([[4, 5]], [], [0.3, true], [0, true], [1, true], [0.3, false], [{ training: true }]),
    ...seeded(alphaDropout, "alpha_dropout"),
  },
  featureAlphaDropout: {
    cases: [...withArgs([[2, 4, 3]], [0.3, true], [0.3, false]), { of: [[3]] }],
    ...seeded(featureAlphaDropout, "feature_alpha_dropout"),
    errors: [[
      () => featureAlphaDropout(ones([2]), 0.5, true),
      "Cannot call featureAlphaDropout() on [2]: it must be [n, channels, ...]",
    ]],
  },
} satisfies Partial<Table>;
