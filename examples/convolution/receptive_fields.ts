/**
 * Local receptive fields and shared weights: a convolution is a fully connected layer that was spared nearly all parameters.
 *
 *     y[r, c] = b + Σᵢ Σⱼ w[i, j] x[r + i, c + j], the same 5 x 5 weights w and bias b everywhere
 *
 * Nielsen, "Neural Networks and Deep Learning", chapter 6: 20 maps of 5 x 5 have 520 parameters, a layer of 30 neurons that see
 * all 784 pixels 23,550, "more than 40 times as many". Look at the matrix of the fully connected layer that computes the
 * same: each row sees 25 pixels, and every row has the same 25 numbers.
 *
 * Takes 0.3 s.
 */
import { arange, eye, nn, rand, type Tensor, zeros } from "../../mod.ts";
import { lenet5 } from "../../lib/nn/models/mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Local receptive fields and shared weights");

function parameters(layer: nn.Module): number {
  return [...layer.parameters()].reduce((sum, x) => sum + x.numel(), 0);
}
const layer = new nn.Conv2d(1, 20, 5), dense = new nn.Linear(784, 30), places = 24 * 24;
const unshared = 20 * places * 26, unlimited = 20 * places * 785;
console.log(table(["28 x 28 pixels to", "parameters"], [
  ["20 maps of 24 x 24, local and shared", parameters(layer)],
  ["the same, local but not shared", unshared],
  ["the same, neither", unlimited],
  ["30 neurons that see everything", parameters(dense)],
]));
run.check("parameters of 20 shared 5 x 5 fields", parameters(layer), { equals: 520, published: 520 });
run.check("parameters of 30 fully connected neurons", parameters(dense), {
  equals: 23_550,
  published: 23_550,
});
run.check("times as many", parameters(dense) / parameters(layer), {
  equals: 45.3,
  within: 0.05,
  published: "40",
});

// the layer as a matrix [24 · 24, 784] for one map: what it makes of each single pixel
const one = new nn.Conv2d(1, 1, 5, { bias: false }).double();
const pixels = eye(784, { dtype: "float64" }).reshape([784, 1, 28, 28]);
const matrix = one.forward(pixels).detach().reshape([784, places]).T;
const image = rand([1, 1, 28, 28], { dtype: "float64" });
const byMatrix = matrix.matmul(image.reshape([784])).reshape([1, 1, 24, 24]);
const counts = matrix.ne(0).sum(1);
run.check("difference between the two", byMatrix.sub(one.forward(image)).abs().max().item(), {
  atMost: 1e-12,
});
run.check("pixels that a neuron sees", [counts.min().item(), counts.max().item()], { equals: [25, 25] });
run.check("different weights", new Set(matrix.toTypedArray()).size - 1, { equals: 25 }); // but for 0
const eight = matrix.indexSelect(0, arange(0, 576, 75)).reshape([8, 28, 28]); // down the diagonal
run.plot.images("Weights of eight neurons", eight, { colors: "signed" });

// what is moved in the image moves in the maps
const moved = image.roll([3, 2], [2, 3]);
const before = one.forward(image).narrow(2, 0, 21).narrow(3, 0, 22);
const after = one.forward(moved).narrow(2, 3, 21).narrow(3, 2, 22);
run.check("difference after a move by (3, 2)", after.sub(before).abs().max().item(), { atMost: 1e-12 });

/** The pixels that one output in the middle depends on, as ones, by the gradient. */
function field(layers: nn.Module): Tensor {
  for (const x of layers.parameters()) x.data = x.data.abs(); // so that nothing cancels
  const x = zeros([1, 1, 28, 28]).add(0.5).requiresGrad_(), y = layers.forward(x);
  const [, , height, width] = y.shape;
  y.index([0, 0, height >> 1, width >> 1]).backward();
  return x.grad!.ne(0).float().squeeze();
}
const side = (x: Tensor) => Math.sqrt(x.sum().item());
const two = new nn.Sequential(new nn.Conv2d(1, 4, 3), new nn.ReLU(), new nn.Conv2d(4, 1, 3));
const { features } = lenet5({ pool: () => new nn.AvgPool2d(2) });
const fields = [one.float(), two, features].map(field);
console.log(picture(fields[2], { captions: ["what LeNet sees"] }));
run.check("sides of what is seen: 5 x 5, twice 3 x 3, LeNet's convolutions", fields.map(side), {
  equals: [5, 5, 16],
});
await run.end();
