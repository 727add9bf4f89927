/**
 * Classic networks: LeNet, AlexNet, VGG, GoogLeNet and ResNet at full size, parameter by parameter.
 *
 *     a convolution has out · (in · height · width + 1) parameters, a linear layer out · (in + 1), a batch norm 2 · channels
 *
 * The published figures are torchvision's (0.14), to which names and shapes of all weights are equal as well, so that
 * trained ones load: `model.loadStateDict(await io.load("resnet18.pth"))`. No ImageNet here: the small versions, of the same
 * code, learn in alexnet.ts, vgg.ts, googlenet.ts and resnet.ts. Look at where the parameters are: AlexNet and VGG keep nearly
 * all of them in three linear layers, GoogLeNet and ResNet take means in their place and need a tenth.
 *
 * Takes 0.1 s.
 */
import { nn } from "../../mod.ts";
import {
  alexnet,
  googlenet,
  lenet5,
  resnet18,
  resnet34,
  resnet50,
  vgg11,
  vgg16,
} from "../../lib/nn/models/mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Classic networks");

const networks: [name: string, year: number, make: () => nn.Module, parameters: number][] = [
  ["LeNet-5", 1998, lenet5, 61_706],
  ["AlexNet", 2012, alexnet, 61_100_840],
  ["VGG-11", 2014, vgg11, 132_863_336],
  ["VGG-16", 2014, vgg16, 138_357_544],
  ["GoogLeNet", 2014, () => googlenet({ auxLogits: false }), 6_624_904],
  ["GoogLeNet, training", 2014, () => googlenet(), 13_004_888], // with two more classifiers half way
  ["ResNet-18", 2015, resnet18, 11_689_512],
  ["ResNet-34", 2015, resnet34, 21_797_672],
  ["ResNet-50", 2015, resnet50, 25_557_032],
];

function count(modules: Iterable<nn.Module>): number {
  return [...modules].flatMap((module) => [...module.parameters(false)]).reduce(
    (sum, x) => sum + x.numel(),
    0,
  );
}

const inLinear: Record<string, number> = {}, inOthers: Record<string, number> = {};
const rows = networks.map(([name, year, make, parameters]) => {
  const modules = [...nn.utils.skipInit(make).modules()]; // no initial values: 138 million numbers would take seconds
  const linear = modules.filter((module) => module instanceof nn.Linear);
  const convolutions = modules.filter((module) => module instanceof nn.Conv2d);
  const all = count(modules), dense = count(linear);
  inOthers[name] = (all - dense) / 1e6;
  inLinear[name] = dense / 1e6;
  run.check(`${name}, parameters`, all, {
    equals: parameters,
    ...(name === "LeNet-5" ? {} : { published: parameters }),
  });
  return [name, year, convolutions.length, linear.length, all, `${(100 * dense / all).toFixed(1)} %`];
});
console.log(
  table(["network", "year", "convolutions", "linear layers", "parameters", "in linear layers"], rows),
);
run.plot.bars("Parameters, in millions", "linear layers", inLinear);
run.plot.bars("Parameters, in millions", "convolutions and norms", inOthers);
await run.end();
