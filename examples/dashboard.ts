/**
 * Trains on MNIST and draws it live in the browser: `deno task dashboard`, then open the printed address.
 *
 * Needs --allow-net=127.0.0.1. Loss and accuracy grow with the steps; after each epoch come the weights of the first
 * layer and the digits that the network still mistakes. The page is the one that every example draws on (lib/viz/).
 */
import { backend, crossEntropy, data, manualSeed, metrics, nn, noGrad, optim, slice } from "../mod.ts";
import { Page } from "../lib/viz/mod.ts";

const page = new Page("MNIST, 784-128-10"), server = page.serve();
page.status(String(backend()));
page.axes("Training loss", { x: "step", log: "y" });
page.axes("Test accuracy", { x: "step" });
console.log(`live curves at ${server.url}`);

manualSeed(1);
const { train, test } = await data.mnist();
const [images, labels] = test.tensors;
const loader = new data.DataLoader(train, { batchSize: 64, shuffle: true });
const model = new nn.Sequential(
  new nn.Flatten(),
  new nn.Linear(784, 128),
  new nn.ReLU(),
  new nn.Linear(128, 10),
);
const optimizer = new optim.Adam(model.parameters());

let step = 0;
for (let epoch = 1; epoch <= 5; epoch++) {
  for await (const [x, y] of data.tqdm(loader, { desc: `epoch ${epoch}` })) {
    const loss = crossEntropy(model.forward(x.div(255)), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    if (step % 10 === 0) page.curve("Training loss", "cross-entropy", step, loss);
    if (step++ % 200 === 0) page.curve("Test accuracy", "share", step, metrics.accuracy(predict(), labels));
  }
  draw(epoch);
}
console.log(
  `test accuracy ${
    (100 * metrics.accuracy(predict(), labels)).toFixed(2)
  }%; ${server.url} stays until Ctrl-C`,
);
await server.finished;

/** The class of each test image. */
function predict() {
  return noGrad(() => model.forward(images.div(255)).argmax(1));
}

/** What was learned so far: weights, mistakes, and which digits are taken for which. */
function draw(epoch: number): void {
  const guesses = predict(), right = guesses.eq(labels);
  const wrong = right.logicalNot().nonzero().squeeze(1).index([slice(0, 40)]);
  const [weight] = model.parameters();
  page.images("Weights of 40 hidden units", weight.detach().reshape([128, 28, 28]).index([slice(0, 40)]), {
    colors: "signed",
    range: "each",
  });
  page.images("The first 40 mistakes", images.indexSelect(0, wrong), {
    captions: Array.from(
      wrong.toTypedArray(),
      (i) => `${labels.index([i]).item()}, not ${guesses.index([i]).item()}`,
    ),
  });
  page.matrix("Digits and what they are taken for", metrics.confusionMatrix(guesses, labels));
  page.status(`after epoch ${epoch}: ${(100 * metrics.accuracy(guesses, labels)).toFixed(2)}%`);
}
