/** Transforms of images: torchvision's numbers, the same draws, batches as many images, odd arguments. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  arange,
  data,
  Generator,
  manualSeed,
  ones,
  rand,
  randint,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";
import answers from "./data/transforms.json" with { type: "json" };
import { assertCloseTo } from "./close.ts";
import { assertNoAccident, odd } from "./odd.ts";

const { adjustBrightness, adjustContrast, affine, centerCrop, colorJitter, compose } = data.transforms;
const { convertImageDtype, elasticTransform, normalize, pad, randomAffine, randomCrop } = data.transforms;
const { randomHorizontalFlip, randomRotation, randomVerticalFlip, rotate } = data.transforms;

const x = arange(20).float().reshape(1, 4, 5).div(20), batch = arange(48).float().reshape(2, 1, 6, 4).div(48);
const rgb = arange(36).mul(37).remainder(256).to("uint8").reshape(3, 3, 4);
const numbers = (y: Tensor): number[] => [...y.toTypedArray()];

const thrice = rgb.unsqueeze(0).expand(3, 3, 3, 4);
/** What tests/data/transforms.json holds, from a seed of 0. */
const cases: Record<keyof typeof answers, () => Tensor> = {
  rotate: () => rotate(30)(x),
  "rotate bilinear": () => rotate(30, "bilinear")(x),
  "rotate center fill": () => rotate(-50, { center: [0, 1], fill: 0.5 })(x),
  "rotate bytes": () => rotate(20, { interpolation: "bilinear" })(rgb),
  affine: () => affine(20, [1, -1], 1.2, [10, 5], "bilinear")(x),
  "affine bytes": () =>
    affine({ angle: -15, translate: [0, 1], scale: 0.7, shear: [0, -20], center: [1, 1] })(rgb),
  randomRotation: () => randomRotation(40, "bilinear")(x),
  "randomRotation range": () => randomRotation([10, 20], { fill: 0.25 })(x),
  randomAffine: () => randomAffine(10, [0.3, 0.3], [0.8, 1.2], [-5, 5, -6, 6], "bilinear")(x),
  elasticTransform: () => elasticTransform([2, 3], [0.6, 0.4])(batch),
  "elasticTransform nearest": () => elasticTransform(5, 0.7, { fill: 1, interpolation: "nearest" })(x),
  randomCrop: () => randomCrop([2, 3])(batch),
  randomHorizontalFlip: () => randomHorizontalFlip()(batch),
  adjustBrightness: () => adjustBrightness(1.7)(rgb),
  "adjustContrast bytes": () => adjustContrast(0.4)(rgb),
  "adjustContrast grey": () => adjustContrast(1.8)(x),
  adjustContrast: () => adjustContrast(0.5)(rgb.float().div(255)),
  colorJitter: () => colorJitter(0.5, [0.2, 3])(thrice),
};

for (const [name, { elements, next }] of Object.entries(answers)) {
  Deno.test(`${name} gives torchvision's numbers, and leaves the generator where it does`, () => {
    manualSeed(0);
    const y = cases[name as keyof typeof answers]();
    assertCloseTo(y, y.shape, elements, name, 2e-6); // float32, and the answers have six digits
    assertEquals(rand(1).item(), next);
  });
}

/** Every transform, for images of any number of channels. */
const all: Record<string, (generator: Generator | null) => data.transforms.Transform> = {
  pad: () => pad([1, 2, 0, 1], { paddingMode: "reflect" }),
  centerCrop: () => centerCrop([9, 4]),
  normalize: () => normalize(0.5, 0.25),
  convertImageDtype: () => convertImageDtype("float64"),
  adjustBrightness: () => adjustBrightness(0.3),
  adjustContrast: () => adjustContrast(0.3),
  rotate: () => rotate(45),
  affine: () => affine({ shear: 20, scale: 0.5 }),
  randomCrop: (generator) => randomCrop(6, { padding: 1, generator }),
  randomHorizontalFlip: (generator) => randomHorizontalFlip({ generator }),
  randomVerticalFlip: (generator) => randomVerticalFlip(0.3, { generator }),
  randomRotation: (generator) => randomRotation(30, { generator }),
  randomAffine: (generator) => randomAffine(30, { translate: [0.2, 0.2], shear: 9, generator }),
  elasticTransform: (generator) => elasticTransform(9, 1, { generator }),
  colorJitter: (generator) => colorJitter({ brightness: 0.5, contrast: 0.5, generator }),
};

for (const [name, make] of Object.entries(all)) {
  Deno.test(`${name}() of a batch is that of its images one by one, by its generator alone`, () => {
    manualSeed(5);
    const images = rand(4, 3, 7, 8), before = images.clone();
    const whole = make(new Generator(7))(images), transform = make(new Generator(7));
    for (let i = 0; i < 4; i++) {
      const one = transform(images.select(0, i)), gap = one.sub(whole.select(0, i)).abs().max().item();
      assert(gap < 1e-6, `image ${i}: ${gap}`); // products of another shape may add up in another order
    }
    assert(images.equal(before), "its input is as it was");
    const after = rand(1).item();
    manualSeed(5);
    rand(4, 3, 7, 8);
    assertEquals(rand(1).item(), after, "the default generator was let alone");
    manualSeed(7);
    assert(make(null)(images).equal(whole), "without one it is the default generator");
  });

  Deno.test(`${name}() keeps float64 and, but for normalize() and conversion, bytes`, () => {
    const transform = make(new Generator(3));
    assertEquals(transform(rand(1, 9, 9, { dtype: "float64" })).dtype, "float64");
    if (name === "normalize" || name === "convertImageDtype") return;
    const bytes = randint(256, [2, 3, 9, 9]).to("uint8"), y = transform(bytes);
    assertEquals([y.dtype, y.ndim], ["uint8", 4]);
  });

  Deno.test(`${name}() of something else than images is an error of ours`, () => {
    const transform = make(null);
    for (const [what, value] of odd) {
      assertNoAccident(`${name}() of ${what}`, () => transform(value as Tensor));
    }
    assertThrows(
      () => transform(zeros(4, 4)),
      TypeError,
      "it takes images [channels, height, width] or [n, channels",
    );
    assertThrows(() => transform(zeros(0, 1, 4, 4)), TypeError, "it takes images");
  });
}

Deno.test("pad() and centerCrop() put pixels where torchvision does", () => {
  const image = tensor([[[1, 2], [3, 4]]]);
  assertEquals(pad(1, 9)(image).toArray(), [[[9, 9, 9, 9], [9, 1, 2, 9], [9, 3, 4, 9], [9, 9, 9, 9]]]);
  assertEquals(pad([0, 1, 2, 0], { paddingMode: "edge" })(image).toArray(), [[[1, 2, 2, 2], [1, 2, 2, 2], [
    3,
    4,
    4,
    4,
  ]]]);
  assertEquals(centerCrop([3, 1])(image).toArray(), [[[1], [3], [0]]]);
  assertEquals(numbers(centerCrop(2)(arange(25).reshape(1, 5, 5))), [12, 13, 17, 18]); // 1.5 rounds to 2
  assertEquals(numbers(centerCrop(2)(arange(9).reshape(1, 3, 3))), [0, 1, 3, 4]); // 0.5 rounds to 0
});

Deno.test("randomCrop() gives every part, pads a small image, refuses a smaller one", () => {
  const seen = new Set<string>(), crop = randomCrop(2, { generator: new Generator(1) });
  for (let i = 0; i < 200; i++) seen.add(String(numbers(crop(arange(16).reshape(1, 4, 4)))));
  assertEquals(seen.size, 9);
  assertEquals(randomCrop(4, { padIfNeeded: true })(ones(1, 1, 2)).shape, [1, 4, 4]);
  assertEquals(numbers(randomCrop([1, 3])(ones(1, 1, 3))), [1, 1, 1]);
  assertThrows(
    () => randomCrop(4)(ones(1, 3, 4)),
    RangeError,
    "Cannot crop an image [1, 3, 4] to [4, 4]: it is smaller",
  );
});

Deno.test("bytes become floats and come back", () => {
  const bytes = arange(256).to("uint8").reshape(1, 16, 16), floats = convertImageDtype()(bytes);
  assertEquals([floats.dtype, floats.min().item(), floats.max().item()], ["float32", 0, 1]);
  assert(convertImageDtype("uint8")(floats).equal(bytes));
  assertThrows(() => convertImageDtype()(bytes.to("int32")), TypeError, "Cannot convert an image of int32");
  assertThrows(() => normalize(0, 1)(bytes), TypeError, "use convertImageDtype() before");
});

Deno.test("normalize() makes mean 0 and deviation 1 of what it was told", () => {
  manualSeed(0);
  const images = rand(8, 2, 9, 9, { dtype: "float64" });
  const y = normalize(
    [0, 1].map((c) => images.select(1, c).mean().item()),
    [0, 1].map((c) => images.select(1, c).std().item()),
  )(images);
  for (const c of [0, 1]) {
    assertAlmostEquals(y.select(1, c).mean().item(), 0, 1e-12);
    assertAlmostEquals(y.select(1, c).std().item(), 1, 1e-12);
  }
  assertThrows(
    () => normalize([1, 2, 3], 1)(images),
    TypeError,
    "Cannot normalize [8, 2, 9, 9]: it must have 3 channels",
  );
  assertThrows(
    () => normalize([1, 2, 3], [1, 2]),
    TypeError,
    "Cannot normalize by 3 means and 2 standard deviations",
  );
  assertThrows(() => normalize(0, 0), RangeError, "Cannot normalize by std 0");
});

Deno.test("rotation by four right angles and a flip twice give the image back", () => {
  const image = rand(1, 6, 6),
    quarter = rotate(90),
    mirror = randomHorizontalFlip(1),
    upside = randomVerticalFlip(1);
  assert(compose([quarter, quarter, quarter, quarter])(image).equal(image));
  assert(compose([mirror, upside, mirror, upside])(image).equal(image));
  assert(mirror(upside(image)).equal(compose([quarter, quarter])(image)));
  assert(compose([])(image) === image);
});

Deno.test("random transforms repeat after the seed in a loader that works ahead", async () => {
  const augment = compose([randomCrop(5, 1), elasticTransform(4, 0.5), colorJitter(0.2, 0.2)]);
  const images: data.Dataset<Tensor> = {
    length: 6,
    get: (i) => augment(batch.select(0, i % 2).reshape(1, 4, 6)),
  };
  const run = async (prefetch: number): Promise<number[][]> => {
    manualSeed(11);
    const seen: number[][] = [];
    for await (const y of new data.DataLoader(images, { batchSize: 2, shuffle: true, prefetch })) {
      seen.push(numbers(y));
    }
    return seen;
  };
  assertEquals(await run(3), await run(1));
});

Deno.test("odd arguments of transforms end in errors of ours", () => {
  const makers: Record<string, (v: never) => data.transforms.Transform> = {
    "pad's padding": (v) => pad(v),
    "pad's fill": (v) => pad(1, v),
    "pad's mode": (v) => pad(1, { paddingMode: v }),
    "centerCrop's size": (v) => centerCrop(v),
    "randomCrop's size": (v) => randomCrop(v),
    "randomCrop's padding": (v) => randomCrop(2, v),
    "randomCrop's generator": (v) => randomCrop(2, { generator: v }),
    "randomHorizontalFlip's p": (v) => randomHorizontalFlip(v),
    "rotate's angle": (v) => rotate(v),
    "rotate's interpolation": (v) => rotate(1, v),
    "rotate's center": (v) => rotate(1, { center: v }),
    "rotate's fill": (v) => rotate(1, { fill: v }),
    "randomRotation's degrees": (v) => randomRotation(v),
    "affine's options": (v) => affine(v),
    "affine's translate": (v) => affine({ translate: v }),
    "affine's scale": (v) => affine({ scale: v }),
    "affine's shear": (v) => affine({ shear: v }),
    "randomAffine's degrees": (v) => randomAffine(v),
    "randomAffine's translate": (v) => randomAffine(1, { translate: v }),
    "randomAffine's scale": (v) => randomAffine(1, { scale: v }),
    "randomAffine's shear": (v) => randomAffine(1, { shear: v }),
    "elasticTransform's alpha": (v) => elasticTransform(v, 0.5),
    "elasticTransform's sigma": (v) => elasticTransform(1, v),
    "normalize's mean": (v) => normalize(v, 1),
    "normalize's std": (v) => normalize(0, v),
    "convertImageDtype's dtype": (v) => convertImageDtype(v),
    "adjustBrightness's factor": (v) => adjustBrightness(v),
    "adjustContrast's factor": (v) => adjustContrast(v),
    "colorJitter's brightness": (v) => colorJitter(v),
    "colorJitter's contrast": (v) => colorJitter(0, v),
    "compose's transforms": (v) => compose(v),
  };
  for (const [name, make] of Object.entries(makers)) {
    for (const [what, value] of odd) assertNoAccident(`${name} ${what}`, () => make(value as never)(x));
  }
  assertThrows(() => elasticTransform(1, 5)(x), RangeError, "with this sigma sides must be over 20");
});
