/**
 * Nielsen's best network without convolutions: 784-100-10, cross-entropy, scaled weights and L2 together.
 *
 *     C = −1/n Σ (y ln a + (1 − y) ln (1 − a)) + λ/2n Σ w²      w ~ N(0, 1/inputs)
 *
 * "Neural Networks and Deep Learning", 2015, chapter 3: 97.92 % after 30 epochs with η = 0.5, 98.04 % after 60 with η = 0.1,
 * both with λ = 5. Here are 20 epochs; --epochs 60 is the book's. Look at the digits that are still misread, some of which
 * you would misread, too.
 *
 * Takes 20 s.
 */
import { noGrad, type Tensor } from "../../mod.ts";
import { descend, digits, network } from "../nielsen.ts";
import { picture } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Nielsen's best network without convolutions", { epochs: 20, lr: 0.1, lambda: 5 });
const { train, test } = await digits(), { epochs, lr, lambda } = run.options;

const model = network([784, 100, 10]);
const curves = await descend(model, train, test, { name: "784-100-10", lr, lambda, epochs, plot: run.plot });

const [images, answers] = test.tensors, guesses: Tensor = noGrad(() => model.forward(images).argmax(1));
const wrong = guesses.ne(answers).nonzero().squeeze(1).narrow(0, 0, 20);
const captions = [...wrong.toTypedArray()].map((i) =>
  `${answers.select(0, i).item()} as ${guesses.select(0, i).item()}`
);
const misread = images.indexSelect(0, wrong).reshape(-1, 28, 28);
console.log(picture(misread.narrow(0, 0, 3), { captions: captions.slice(0, 3) }));
run.plot.images("Misread", misread, { captions, columns: 10 });

run.check("test accuracy, best", Math.max(...curves.test.accuracies), { atLeast: 0.975, published: 0.9804 });
await run.end();
