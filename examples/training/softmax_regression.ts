/**
 * Softmax regression: one layer, one weight for each pixel and digit; whatever is right beyond it needs hidden neurons.
 *
 *     p(d | x) = exp(w_d x + b_d) / Σ exp(w x + b)      C = −1/n Σ ln p(y | x)
 *
 * The statistician's maximum-entropy classifier. Theano's "Deep Learning Tutorials" (2010) reach 7.49 % errors with batches of
 * 600 and η = 0.13 in 74 epochs; LeCun 1998 has 12 % for a linear classifier that is not a softmax. Look at the weights: white
 * where ink speaks for the digit, black where against it.
 *
 * Takes 15 s.
 */
import { data, metrics, nn, noGrad, optim } from "../../mod.ts";
import { picture } from "../../lib/viz/mod.ts";
import { digits } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Softmax regression", { epochs: 74, lr: 0.13, batch: 600 });
const { epochs, lr, batch } = run.options, { train, validation, test } = await digits();

const model = new nn.Linear(784, 10), cost = new nn.CrossEntropyLoss();
nn.init.zeros_(model.weight); // the cost has one valley: any beginning leads there
nn.init.zeros_(model.bias!);
const optimizer = new optim.SGD(model.parameters(), { lr });
const loader = new data.DataLoader(train, { batchSize: batch, shuffle: true });

/** The share of wrong answers. */
function error({ tensors: [x, y] }: typeof test): number {
  return 1 - metrics.accuracy(noGrad(() => model.forward(x)), y);
}

const errors: [validation: number, test: number][] = [];
for (const epoch of data.tqdm(Array(epochs).keys(), { total: epochs, unit: "epoch" })) {
  for await (const [x, y] of loader) {
    optimizer.zeroGrad();
    cost.forward(model.forward(x), y).backward();
    optimizer.step();
  }
  errors.push([error(validation), error(test)]);
  run.plot.curve("Errors", "validation", epoch + 1, errors.at(-1)![0]);
  run.plot.curve("Errors", "test", epoch + 1, errors.at(-1)![1]);
}
const weights = model.weight.detach().reshape(10, 28, 28), captions = "0123456789";
console.log(picture(weights.narrow(0, 0, 5), { captions: "01234" }));
run.plot.images("Weights", weights, { captions, columns: 5, colors: "signed" });

const [best, there] = errors.reduce((a, b) => b[0] < a[0] ? b : a); // chosen by the validation, as Theano's
run.check("validation errors at the best epoch", best, { atMost: 0.078, published: 0.075 });
run.check("test errors there", there, { atMost: 0.078, published: 0.0749 });
await run.end();
