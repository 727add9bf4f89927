/** The models of lib/nn/models/ against torchvision's: parameters, names, shapes, and what comes out of them. */
import "./setup.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { F, manualSeed, nn, noGrad, randn, type Tensor, tensor, zeros } from "../mod.ts";
import * as models from "../lib/nn/models/mod.ts";
import { assertCloseTo } from "./close.ts";
import goldens from "./goldens/vision.json" with { type: "json" };
import { assertNoAccident, odd } from "./odd.ts";

const { skipInit } = nn.utils;

function count(model: nn.Module): number {
  return [...model.parameters()].reduce((sum, x) => sum + x.numel(), 0);
}

/** The full networks and their numbers of parameters. */
const sizes: [name: string, make: () => nn.Module, parameters: number][] = [
  ["LeNet-5", models.lenet5, 61_706],
  ["AlexNet", models.alexnet, 61_100_840],
  ["VGG-11", models.vgg11, 132_863_336],
  ["VGG-13", models.vgg13, 133_047_848],
  ["VGG-16", models.vgg16, 138_357_544],
  ["VGG-19 with batch norm", models.vgg19Bn, 143_678_248],
  ["GoogLeNet", () => models.googlenet({ auxLogits: false }), 6_624_904],
  ["GoogLeNet with auxiliary heads", () => models.googlenet(), 13_004_888],
  ["ResNet-18", models.resnet18, 11_689_512],
  ["ResNet-34", models.resnet34, 21_797_672],
  ["ResNet-50", models.resnet50, 25_557_032],
  ["ResNet-101", models.resnet101, 44_549_160],
  ["ResNet-152", models.resnet152, 60_192_808],
  ["ResNeXt-50 32x4d", () => models.resnet50({ groups: 32, widthPerGroup: 4 }), 25_028_904],
  ["Wide ResNet-50-2", () => models.resnet50({ widthPerGroup: 128 }), 68_883_240],
];
for (const [name, make, parameters] of sizes) {
  Deno.test(`${name} has ${parameters} parameters`, () => assertEquals(count(skipInit(make)), parameters));
}

const named: Record<keyof typeof goldens, () => nn.Module> = {
  alexnet: models.alexnet,
  vgg11: models.vgg11,
  vgg16_bn: models.vgg16Bn,
  googlenet: models.googlenet,
  resnet18: models.resnet18,
  resnet34: models.resnet34,
  resnet50: models.resnet50,
};
for (const [name, make] of Object.entries(named)) {
  Deno.test(`${name} has the names and shapes of torchvision's state dict, in its order`, () => {
    const state = Object.entries(skipInit(make).stateDict()).map(([key, x]) => [key, x.shape]);
    assertEquals(state as unknown, Object.entries(goldens[name as keyof typeof goldens].shapes));
  });
}

/** The numbers that goldens/vision.py begins with. */
function steps(shape: readonly number[], scale: number): Tensor {
  const count = shape.reduce((product, n) => product * n, 1);
  const numbers = new Float64Array(count);
  for (let k = 0; k < count; k++) numbers[k] = ((k * 37 + 11) % 101 / 50 - 1) * scale;
  return tensor(numbers, { shape });
}

for (const [name, size] of [["googlenet", 32], ["resnet18", 64], ["resnet50", 32]] as const) {
  Deno.test(`${name} computes what torchvision's does, while training and while predicting`, () => {
    const options = { dropout: 0, dropoutAux: 0 };
    const model = skipInit(name === "googlenet" ? () => models.googlenet(options) : named[name]).double();
    for (const module of model.modules()) if (module instanceof nn.BatchNorm2d) module.resetRunningStats();
    for (const x of model.parameters()) {
      const field = x.numel() / x.shape[0];
      x.data = x.ndim === 1 ? steps(x.shape, 1).mul(0.1).add(1) : steps(x.shape, (field / 4) ** -0.5);
    }
    const images = steps([2, 3, size, size], 1);
    const found: Tensor[] = noGrad(() =>
      [model.forward(images), model.eval().forward(images)].flat().map((y: Tensor) => y.narrow(1, 0, 4))
    );
    goldens[name].outputs.forEach((wanted, i) => {
      assertCloseTo(found[i], [2, 4], wanted, `output ${i}`, 1e-9);
    });
  });
}

/** A small one of each, and an image that it takes. */
const small = { numClasses: 10, inChannels: 1, widthMult: 1 / 8 };
const minis: [name: string, make: () => nn.Module, size: number][] = [
  ["lenet5", models.lenet5, 28],
  ["alexnet", () => models.alexnet(small), 63],
  ["vgg11", () => models.vgg11(small), 32],
  ["vgg11Bn", () => models.vgg11Bn(small), 32],
  ["googlenet", () => models.googlenet(small), 32],
  ["resnet18", () => models.resnet18(small), 33],
  ["resnet50", () => models.resnet50(small), 33],
];
for (const [name, make, size] of minis) {
  Deno.test(`a small ${name} gives scores, and gradients that reach every parameter`, () => {
    manualSeed(0);
    const model = make(), labels = tensor([3, 7], { dtype: "int32" });
    const outputs: Tensor[] = [model.forward(randn(2, 1, size, size))].flat();
    assertEquals(outputs.map((y) => y.shape), Array(name === "googlenet" ? 3 : 1).fill([2, 10]));
    outputs.map((y) => F.crossEntropy(y, labels)).reduce((sum, loss) => sum.add(loss)).backward();
    for (const [key, x] of model.namedParameters()) assert(x.grad, key);
    assertEquals(model.eval().forward(zeros(3, 1, size, size)).shape, [3, 10]);
  });
}

Deno.test("googlenet() has its auxiliary heads while training only, and not without auxLogits", () => {
  const model = models.googlenet(small), without = models.googlenet({ ...small, auxLogits: false });
  const images = randn(2, 1, 32, 32);
  assertEquals([model.forward(images)].flat().length, 3);
  assertEquals([model.eval().forward(images)].flat().length, 1);
  assertEquals(without.forward(images).shape, [2, 10]);
  const names = Object.keys(model.stateDict()).filter((name) => !name.startsWith("aux"));
  assertEquals(Object.keys(without.stateDict()), names);
});

Deno.test("googlenet() rescales inputs from ImageNet's mean and deviation to those of its weights", () => {
  manualSeed(0);
  const model = models.googlenet({ numClasses: 2, auxLogits: false, transformInput: true, widthMult: 1 / 8 });
  const plain = models.googlenet({ numClasses: 2, auxLogits: false, widthMult: 1 / 8 });
  plain.loadStateDict(model.stateDict());
  const image = randn(1, 3, 16, 16), column = (numbers: number[]) => tensor(numbers).reshape([3, 1, 1]);
  const seen = image.mul(column([0.458, 0.448, 0.45])).add(column([-0.03, -0.088, -0.188]));
  const [a, b] = [model.eval().forward(image), plain.eval().forward(seen)];
  assertCloseTo(a, [1, 2], b.toTypedArray(), "scores", 1e-5);
});

Deno.test("resnet18({ zeroInitResidual: true }) begins with blocks that only pass on", () => {
  const { layer1 } = models.resnet18({ ...small, zeroInitResidual: true });
  const x = randn(2, 8, 5, 5).relu();
  assertEquals(layer1.forward(x).toArray(), x.toArray());
});

Deno.test("resnet50({ replaceStrideWithDilation }) keeps the size of the last stages", () => {
  const model = models.resnet50({ ...small, replaceStrideWithDilation: [false, true, true] });
  const sizes = [model.layer1, model.layer2, model.layer3, model.layer4].map((stage) => {
    const first = stage[0] as models.Bottleneck, rest = stage.at(-1) as models.Bottleneck;
    return [first.conv2, rest.conv2].map((conv) => {
      const { stride, dilation } = conv as nn.Conv2d;
      return `${stride[0]} ${dilation[0]}`;
    });
  });
  assertEquals(sizes, [["1 1", "1 1"], ["2 1", "1 1"], ["1 1", "1 2"], ["1 2", "1 4"]]);
});

Deno.test("lenet5() takes other activations and pools", () => {
  const layers = { activation: () => new nn.Sigmoid(), pool: () => new nn.AvgPool2d(2) };
  const text = String(models.lenet5(layers));
  assertEquals(["ReLU", "MaxPool", "Sigmoid", "AvgPool"].map((word) => text.split(word).length - 1), [
    0,
    0,
    4,
    2,
  ]);
});

for (const name of ["resnet18", "googlenet"] as const) {
  Deno.test(`after the same seed ${name} begins with the weights of torchvision's`, () => {
    manualSeed(0);
    const last = [...named[name]().parameters()].map((x) => x.flatten().select(0, -1).item());
    const { beginnings } = goldens[name];
    assertCloseTo(tensor(last), [beginnings.length], beginnings, "last numbers", 1e-6);
  });
}

Deno.test("vgg11() begins with weights for ReLUs, and biases of 0", () => {
  manualSeed(0);
  const state = models.vgg11({ widthMult: 1 / 4 }).stateDict(),
    std = (name: string) => state[name].std().item();
  assertAlmostEquals(std("features.8.weight"), Math.sqrt(2 / (64 * 9)), 1e-3); // by fan out
  assertAlmostEquals(std("classifier.3.weight"), 0.01, 1e-4);
  assertEquals(state["classifier.3.bias"].abs().sum().item(), 0);
});

Deno.test("skipInit() leaves initial values alone, of classes and functions, and only those made by it", () => {
  manualSeed(0);
  const before = randn(1).item();
  manualSeed(0);
  const layer = skipInit(nn.Linear, 4, 3, { bias: false });
  assertEquals([layer.weight.shape, layer.bias, layer.weight.requiresGrad], [[3, 4], null, true]);
  assertEquals(
    skipInit((n: number) => new nn.Sequential(new nn.Linear(n, n)), 2)[0] instanceof nn.Linear,
    true,
  );
  assertEquals(randn(1).item(), before); // nothing was drawn
  assertThrows(() => skipInit(nn.Linear, -1, 3), RangeError, "Cannot call Linear()");
  assert(new nn.Linear(100, 100).weight.std().item() > 0.05);
  for (const [what, value] of odd) assertNoAccident(`skipInit(${what})`, () => skipInit(value as never));
});

Deno.test("models refuse odd arguments in our words", () => {
  assertThrows(
    () => models.resnet18({ classes: 3 } as never),
    TypeError,
    "with option classes: its options are",
  );
  assertThrows(() => new models.VGG(["M"]), TypeError, "Cannot make VGG of an array of 1 items: it must be");
  assertThrows(
    () => new models.ResNet(models.BasicBlock, [1, 2]),
    TypeError,
    "it must be four whole numbers",
  );
  assertThrows(
    () => models.resnet18({ widthPerGroup: 4 }),
    RangeError,
    "Cannot make BasicBlock with groups 1",
  );
  const makers = [models.lenet5, models.alexnet, models.vgg11Bn, models.googlenet, models.resnet18];
  const options = ["numClasses", "inChannels", "widthMult", "dropout", "batchNorm", "zeroInitResidual"];
  for (const make of makers as ((options: unknown) => nn.Module)[]) {
    for (const [what, value] of odd) {
      for (const option of options) {
        const given = { widthMult: 1 / 8, [option]: value };
        assertNoAccident(`${make.name}({ ${option}: ${what} })`, () => skipInit(make, given));
      }
      assertNoAccident(`${make.name}(${what})`, () => skipInit(make, value));
    }
  }
});
