/**
 * Features of a Boltzmann machine: what it has learned about digits without their names makes a linear classifier much
 * better.
 *
 *     h = σ(x W + b), W from digits alone          P(digit) = softmax(V h + c)   beside   softmax(V x + c)
 *
 * This is scikit-learn's example "Restricted Boltzmann machine features for digit classification": each of the 1797
 * digits of 8 x 8 pixels comes five times, as it is and shifted by one pixel in four directions, which confuses a
 * linear classifier; a fifth is held out. 100 hidden neurons learn by persistent contrastive divergence for ten
 * passes. In the example copies of the same digit are on both sides; the last figures keep all five copies together,
 * so that no test digit was seen.
 *
 * Takes 8 s.
 */
import { bernoulli, cat, crossEntropy, metrics, nn, optim, randperm, type Tensor, zeros } from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { RBM } from "../rbm.ts";
import { minimise } from "../rows.ts";
import { digits } from "../sources.ts";
import { system } from "../system.ts";

const run = system("Features of a Boltzmann machine", { epochs: 10, hidden: 100, lr: 0.06, batch: 10 });
const { epochs, hidden, lr, batch } = run.options, { plot } = run;
const { x: pixels, y: digit } = await digits(), count = pixels.shape[0];

/** As it is, and shifted up, down, left and right; the row or column that comes in is empty. */
function nudged(images: Tensor): Tensor {
  const wide = nn.functional.pad(images.view([-1, 8, 8]), [1, 1, 1, 1]);
  const views = [[1, 1], [2, 1], [0, 1], [1, 2], [1, 0]];
  return cat(views.map(([row, column]) => wide.narrow(1, row, 8).narrow(2, column, 8).reshape([-1, 64])));
}

const x = nudged(pixels.div(16)), y = digit.repeat(5);

/** Multinomial logistic regression by L-BFGS; returns the share of right answers in the test. */
function logistic(x: Tensor, y: Tensor, unseen: Tensor, truth: Tensor, decay: number): number {
  const model = new nn.Linear(x.shape[1], 10), iterations = { maxIter: 300, historySize: 20 };
  const optimizer = new optim.LBFGS(model.parameters(), { ...iterations, lineSearchFn: "strong_wolfe" });
  optimizer.step(() => {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(x), y).add(model.weight.square().sum().mul(decay));
    loss.backward();
    return loss;
  });
  return metrics.accuracy(model.forward(unseen).argmax(1), truth);
}

/** The machine learns on the rows of `train`; both classifiers are tested on those of `test`. */
async function compare(name: string, train: Tensor, test: Tensor) {
  const [seen, unseen] = [x.indexSelect(0, train), x.indexSelect(0, test)];
  const [classes, truth] = [y.indexSelect(0, train), y.indexSelect(0, test)];
  const rbm = new RBM(64, hidden), optimizer = new optim.SGD(rbm.parameters(), { lr });
  let chains = zeros([batch, 64]);
  const loss = (data: Tensor) => rbm.contrast(data, chains = rbm.gibbs(chains));
  await minimise([seen], loss, { name, optimizer, epochs, batch, plot });
  const raw = logistic(seen, classes, unseen, truth, 1 / (100 * seen.shape[0]));
  const learned = logistic(rbm.hidden(seen).detach(), classes, rbm.hidden(unseen).detach(), truth, 0);
  return { rbm, raw, learned };
}

const fifth = Math.ceil(x.shape[0] / 5), order = randperm(x.shape[0]);
const mixed = await compare(
  "copies mixed",
  order.narrow(0, fifth, x.shape[0] - fifth),
  order.narrow(0, 0, fifth),
);
const person = randperm(count),
  copies = (rows: Tensor) => cat([0, 1, 2, 3, 4].map((i) => rows.add(i * count)));
const held = Math.ceil(count / 5);
const apart = await compare(
  "copies together",
  copies(person.narrow(0, held, count - held)),
  copies(person.narrow(0, 0, held)),
);
console.log(table(
  ["share of right answers", "pixels", "features"],
  [["copies mixed, as published", mixed.raw, mixed.learned], ["copies together", apart.raw, apart.learned]],
));
const filters = mixed.rbm.filters(8, 8);
console.log("\nwhat some of the neurons look for");
console.log(picture(filters.narrow(0, 0, 20)));
plot.images("Filters", filters, { colors: "signed", range: "each", columns: 10 });
const dreams = mixed.rbm.gibbs(bernoulli(zeros([30, 64]), 0.5), 1000);
plot.images("Dreams", mixed.rbm.visible(mixed.rbm.hidden(dreams)).detach().view([-1, 8, 8]), { columns: 10 });

run.check("right with features", mixed.learned, { atLeast: 0.92, published: 0.93 });
run.check("right with pixels", mixed.raw, { atMost: 0.82, published: 0.78 });
run.check("gain, copies mixed", mixed.learned - mixed.raw, { atLeast: 0.1, published: 0.15 });
run.check("gain, copies together", apart.learned - apart.raw, { atLeast: 0.1 });
await run.end();
