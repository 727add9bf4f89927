/**
 * Exercises: the questions at the end of a hands-on course, answered by the library.
 *
 *     weights of a layer: outputs × inputs       σ'(z) = σ(z) (1 − σ(z))       chance of n classes: 1/n
 *
 * How many connections are there between 10 and 20 neurons, what size has their matrix, what is the sigmoid's
 * derivative, how many inputs has an image of 22 × 55, what does an untrained network get right of 26 letters? And
 * one from Nielsen's chapter 6: how many times fewer parameters has a convolution of 20 maps of 5 × 5 than a full
 * layer of 30 neurons? Look at where the text's "40 times" comes from.
 *
 * Takes 0.2 s.
 */
import { linspace, nn, noGrad, rand, randint, sigmoid } from "../../mod.ts";
import { system } from "../system.ts";

const run = system("Exercises");

const count = (module: nn.Module) =>
  [...module.parameters()].reduce((sum, parameter) => sum + parameter.numel(), 0);

const layer = new nn.Linear(10, 20);
run.check("connections between 10 and 20 neurons", layer.weight.numel(), { equals: 200, published: 200 });
run.check("size of their matrix", [...layer.weight.shape], { equals: [20, 10], published: "20 x 10" });

const z = linspace(-5, 5, 101, { dtype: "float64", requiresGrad: true });
sigmoid(z).sum().backward();
const s = sigmoid(z.detach());
run.check("σ' less σ (1 − σ)", z.grad!.sub(s.mul(s.rsub(1))).abs().max().item(), {
  atMost: 1e-15,
  published: "σ (1 − σ)",
});

const images = rand([2600, 1, 22, 55]), letters = randint(0, 26, [2600]);
const network = new nn.Sequential(
  new nn.Flatten(),
  new nn.Linear(1210, 30),
  new nn.Sigmoid(),
  new nn.Linear(30, 26),
);
run.check("inputs of an image of 22 x 55", new nn.Flatten().forward(images).shape[1], {
  equals: 1210,
  published: 1210,
});
const right = noGrad(() => network.forward(images).argmax(1)).eq(letters).to("float32").mean().item();
run.check("right by chance of 26 letters", right, { equals: 1 / 26, within: 0.015, published: "1/26" });

const full = count(new nn.Linear(784, 30)), convolution = count(new nn.Conv2d(1, 20, 5));
console.log(
  `a full layer: 784 · 30 + 30 = ${full} parameters; a convolution: 20 · (5 · 5 + 1) = ${convolution}`,
);
run.check("parameters of a full layer over a convolution's", full / convolution, {
  equals: 45.288,
  within: 0.001,
  published: "more than 40",
});
await run.end();
