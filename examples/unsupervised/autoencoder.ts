/**
 * Autoencoder: says an image again after having squeezed it into a code of 30 numbers, better than principal
 * components can.
 *
 *     z = encode(x)  784-256-128-30        x̂ = decode(z)  30-128-256-784        minimise ‖x − x̂‖²
 *
 * Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", 2006: summed squared error of
 * a test image 3.00 with a code of 30 (784-1000-500-250-30, layers trained in advance by Boltzmann machines, since
 * sigmoids did not get there alone), 8.01 by logistic PCA, 13.87 by PCA. ReLUs and Adam need no such preparation.
 * Without any nonlinearity the best autoencoder spans the same space as PCA, and has the same error (Baldi and Hornik
 * 1989). Look at the map that a code of two numbers draws: the digits lie apart as they do not on PCA's plane, though
 * nobody said which is which.
 *
 * Takes 50 s.
 */
import { linspace, meshgrid, mseLoss, nn, noGrad, optim, stack, type Tensor } from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { minimise, pictures, rows } from "../rows.ts";
import { system } from "../system.ts";

const run = system("Autoencoder", { epochs: 8, lr: 3e-3, batch: 60 });
const { train, test } = await rows();

/** Encoder and decoder. */
class Autoencoder extends nn.Module {
  constructor(readonly encoder: nn.Module, readonly decoder: nn.Module) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return this.decoder.forward(this.encoder.forward(x));
  }
}

/** Layers of the given sizes with ReLUs between them. */
function layers(...sizes: number[]): nn.Module[] {
  return sizes.slice(1).flatMap((size, i) => [new nn.Linear(sizes[i], size), new nn.ReLU()]).slice(0, -1);
}

function deep(code: number): Autoencoder {
  const encoder = new nn.Sequential(...layers(784, 256, 128, code));
  const decoder = new nn.Sequential(...layers(code, 128, 256, 784), new nn.Sigmoid());
  return new Autoencoder(encoder, decoder);
}

/** Summed squared error of an image. */
function error(model: nn.Module, x: Tensor): Tensor {
  return mseLoss(model.forward(x), x, { reduction: "sum" }).div(x.shape[0]);
}

const { epochs, lr, batch } = run.options, { plot } = run;
async function learn(name: string, model: nn.Module, epochs: number): Promise<number> {
  const optimizer = new optim.Adam(model.parameters(), { lr });
  const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: epochs });
  await minimise([train.x], (x) => error(model, x), { name, optimizer, schedule, epochs, batch, plot });
  return noGrad(() => error(model, test.x).item());
}

const code30 = deep(30), code2 = deep(2);
const linear = new Autoencoder(new nn.Linear(784, 30), new nn.Linear(30, 784));
const errors = {
  linear: await learn("linear, 30 numbers", linear, Math.ceil(epochs / 2)),
  deep: await learn("deep, 30 numbers", code30, epochs),
  map: await learn("deep, 2 numbers", code2, Math.ceil(epochs / 2)),
};
console.log(table(["squared error of a test image", "PCA", "linear", "deep"], [
  ["30 numbers", 13.87, errors.linear, errors.deep],
  ["2 numbers", 43.64, "", errors.map],
]));

const some = test.x.narrow(0, 0, 8);
const said = (model: nn.Module) => pictures(noGrad(() => model.forward(some)));
console.log("\ntest images, and from 30 numbers each by the deep and by the linear autoencoder");
for (const images of [pictures(some), said(code30), said(linear)]) {
  console.log(picture(images.narrow(0, 0, 4), { range: [0, 1] }), "\n");
}
plot.images("Test images", pictures(some));
plot.images("From 30 numbers", said(code30), { range: [0, 1] });
plot.images("From 30 numbers, linear", said(linear), { range: [0, 1] });
plot.images("From 2 numbers", said(code2), { range: [0, 1] });

const places = noGrad(() => code2.encoder.forward(test.x.narrow(0, 0, 3000))),
  digits = test.y.narrow(0, 0, 3000);
for (let digit = 0; digit < 10; digit++) {
  plot.points(
    "Map of two numbers",
    String(digit),
    places.indexSelect(0, digits.eq(digit).nonzero().flatten()),
  );
}
// what the decoder draws at 15 x 15 places of the map, from the 5th to the 95th hundredth of the codes
const [across, up] = [0, 1].map((i) => {
  const [least, greatest] = [0.05, 0.95].map((q) => places.select(1, i).quantile(q).item());
  return linspace(least, greatest, 15);
});
const [vertical, horizontal] = meshgrid([up.flip(0), across], { indexing: "ij" });
const grid = stack([horizontal.flatten(), vertical.flatten()], 1);
plot.images("What the decoder draws on the map", pictures(noGrad(() => code2.decoder.forward(grid))), {
  columns: 15,
  range: [0, 1],
});

run.check("error with 30 numbers", errors.deep, { atMost: 6, published: "3.00 (logistic PCA 8.01)" });
run.check("error of the linear one", errors.linear, { equals: 13.87, within: 0.1387, published: 13.87 });
run.check("error with 2 numbers", errors.map, { atMost: 33 });
await run.end();
