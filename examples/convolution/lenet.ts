/**
 * LeNet-5: reads handwritten digits by convolutions, which look at 5 x 5 pixels at a time, and layers that see everything.
 *
 *     28x28 -> 6@28x28 -> 6@14x14 -> 16@10x10 -> 16@5x5 -> 120 -> 84 -> 10
 *
 * LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998: 0.95 % of the test
 * set wrong after 20 passes. Today's form has ReLUs, maxima and Adam in place of scaled tanh, means and a second-order
 * method. Look at the six filters, which find strokes and their edges, and at the digits that are misread.
 *
 * Takes 50 s.
 */
import { crossEntropy, data, metrics, noGrad, optim } from "../../mod.ts";
import { lenet5 } from "../../lib/nn/models/mod.ts";
import { picture } from "../../lib/viz/mod.ts";
import { predict } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("LeNet-5", { epochs: 3, lr: 1e-3, batch: 64 });
const { train, test } = await data.mnist();
const [images, labels] = test.tensors;

const model = lenet5(), parameters = [...model.parameters()].reduce((sum, x) => sum + x.numel(), 0);
console.log(String(model));
run.check("parameters", parameters, { equals: 61_706 });

const optimizer = new optim.Adam(model.parameters(), { lr: run.options.lr });
const loader = new data.DataLoader(train, { batchSize: run.options.batch, shuffle: true });
for (let epoch = 1, step = 0; epoch <= run.options.epochs; epoch++) {
  for await (const [x, y] of data.tqdm(loader, { desc: `epoch ${epoch}` })) {
    const loss = crossEntropy(model.forward(x.div(255)), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    if (step++ % 20 === 0) run.plot.curve("Training loss", "LeNet-5", step / loader.length, loss);
  }
  const accuracy = metrics.accuracy(predict(model, test), labels);
  run.plot.curve("Test accuracy", "LeNet-5", epoch, accuracy);
  console.log(`epoch ${epoch}: test accuracy ${(100 * accuracy).toFixed(2)} %`);
  draw();
}

const guesses = predict(model, test);
const wrong = guesses.ne(labels).nonzero().squeeze(1).narrow(0, 0, 6);
const captions = (wrong.toArray() as number[]).map((i) =>
  `${labels.select(0, i).item()}, read as ${guesses.select(0, i).item()}`
);
console.log(picture(images.indexSelect(0, wrong), { captions, columns: 3 }));
run.check("test accuracy", metrics.accuracy(guesses, labels), { atLeast: 0.984, published: 0.9905 });
await run.end();

/** Shows what the first layer looks for, what it finds in one digit, and what is taken for what. */
function draw(): void {
  const { "features.0.weight": filters } = model.stateDict();
  const [convolution, relu] = model.features;
  const maps = noGrad(() => relu.forward(convolution.forward(images.narrow(0, 0, 1).div(255))));
  run.plot.images("Filters of the first layer", filters, { colors: "signed", columns: 6 });
  run.plot.images("What they find in a 7", maps.squeeze(0), { columns: 6 });
  run.plot.matrix("Confusion", metrics.confusionMatrix(predict(model, test), labels));
}
