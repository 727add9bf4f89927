/** Cases of ops: interpolate. */
import { interpolate, ones, upsampleBilinear } from "../../mod.ts";
import { type Case, type Table, withArgs } from "./case.ts";

const line = [[2, 1, 5]], image = [[1, 2, 4, 3]], volume = [[1, 1, 3, 2, 4]];

const cases: Case[] = [
  ...withArgs(line, [3], [[8]], [null, 1.7], [null, 0.4, "nearest-exact"], [{
    size: 9,
    mode: "nearest-exact",
  }]),
  ...withArgs(
    line,
    ...([true, false] as const).flatMap((alignCorners) =>
      [{ size: 8 }, { size: 2 }, { size: 1 }, { scaleFactor: 1.3 }, {
        scaleFactor: 1.3,
        recomputeScaleFactor: true,
      }].map((option) => [{ ...option, mode: "linear", alignCorners }])
    ),
  ),
  ...withArgs(
    image,
    [[6, 2]],
    [[6, 2], null, "bilinear"],
    [null, [0.6, 2.5], "bilinear", true],
    [[6, 2], null, "bicubic"],
    [null, [0.6, 2.5], "bicubic", true],
    [null, [1.3, 2.4]],
    [null, 1.4, "bicubic"],
    [null, 1.4, "bilinear"],
    [[3, 7], null, "area"],
    [null, 0.7, "area"],
    [{ size: [2, 7], mode: "bilinear", antialias: true }],
    [{ size: [3, 2], mode: "bicubic", antialias: true }],
    [{ scaleFactor: [0.4, 0.7], mode: "bilinear", antialias: true, alignCorners: true }],
  ),
  ...withArgs(volume, [[5, 3, 2]], [[5, 3, 2], null, "trilinear"], [null, 1.5, "trilinear", true], [
    2,
    null,
    "area",
  ]),
];

export const checks = {
  interpolate: {
    cases,
    errors: [
      [
        () => interpolate(ones([2, 3]), 4),
        'Cannot call interpolate() on [2, 3] in mode "nearest": it must have 3 to 5 dimensions, [n, channels, ...]',
      ],
      [
        () => interpolate(ones([1, 1, 3]), 4, null, "bilinear"),
        'Cannot call interpolate() on [1, 1, 3] in mode "bilinear": it must have 4 dimensions, [n, channels, ...]',
      ],
      [
        () => interpolate(ones([1, 1, 3])),
        "Cannot call interpolate() on [1, 1, 3]: either size or scaleFactor must be given",
      ],
      [
        () => interpolate(ones([1, 1, 3]), 4, null, "nearest", true),
        'Cannot call interpolate() with alignCorners in mode "nearest": it has no meaning there',
      ],
      [
        () => interpolate(ones([1, 1, 3]), null, 0.2),
        "Cannot call interpolate() on [1, 1, 3] with scaleFactor 0.2: dim 2 has size 3 and would get 0, it must have 1 or " +
        "more and get from 1 to 2147483647",
      ],
      [
        () => interpolate(ones([1, 1, 3, 3]), [2]),
        "Cannot call interpolate() on [1, 1, 3, 3] with size [2]: it must be a number, or 2 of them",
      ],
      [
        () => interpolate(ones([1, 1, 3]), 2, { antialias: true }),
        'Cannot call interpolate() with antialias in mode "nearest": only bilinear and bicubic have it',
      ],
    ],
  },
  upsample: { cases: withArgs(image, [[5, 2]], [null, 2, "bilinear", true]) },
  upsampleNearest: { cases: withArgs(image, [[5, 2]], [null, 1.6], [{ scaleFactor: 2 }]) },
  upsampleBilinear: {
    cases: withArgs(image, [[5, 2]], [null, 1.6], [{ scaleFactor: 2 }]),
    errors: [[() => upsampleBilinear(ones([1, 1, 3]), 2), "Cannot call upsampleBilinear() on [1, 1, 3]"]],
  },
} satisfies Partial<Table>;
