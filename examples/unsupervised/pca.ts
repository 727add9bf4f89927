/**
 * Principal components: the flat picture of handwritten digits that loses least, and what a code of 30 numbers keeps.
 *
 *     C = Xᵀ X / n  (X with its mean subtracted)        C = V Λ Vᵀ        code z = V₃₀ᵀ (x − μ)        x̂ = μ + V₃₀ z
 *
 * Pearson 1901. The eigenvectors of the covariance with the largest eigenvalues span the plane nearest to the data: no
 * other linear code of 30 numbers reconstructs better. Hinton and Salakhutdinov (Science 2006) compare their deep
 * autoencoder (3.00) with logistic PCA (8.01) and PCA (13.87) by the summed squared error of an image of MNIST's test
 * set. Look at the first components, which are as wide as a digit and hardly look like strokes; at the reconstructions,
 * which are blurred but legible; and at the error as the code grows.
 *
 * Takes 4 s.
 */
import { data, linalg, type Tensor } from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Principal components", { code: 30 });

const { train, test } = await data.mnist();
const flat = (images: Tensor) => images.reshape([-1, 784]).to("float32").div(255);
const x = flat(train.tensors[0]), unseen = flat(test.tensors[0]);
const mean = x.mean(0), centred = x.sub(mean);
const covariance = centred.T.matmul(centred).div(x.shape[0]);
const [eigenvalues, eigenvectors] = linalg.eigh(covariance.to("float64")); // ascending
const components = eigenvectors.flip(1).T.to("float32"); // [784, 784], the most important first

/** What is left of images in a code of `size` numbers. */
function reconstruct(images: Tensor, size: number): Tensor {
  const v = components.narrow(0, 0, size);
  return images.sub(mean).matmul(v.T).matmul(v).add(mean);
}

/** Summed squared error of an image, in pixels from 0 to 1. */
function error(images: Tensor, size: number): number {
  return reconstruct(images, size).sub(images).square().sum(1).mean().item();
}

const spectrum = eigenvalues.flip(0), total = spectrum.sum().item();
const sizes = [1, 2, 5, 10, 20, run.options.code, 50, 100, 200].sort((a, b) => a - b);
const errors = new Map(sizes.map((size) => [size, error(unseen, size)]));
console.log(table(
  ["code", "error", "variance kept"],
  sizes.map((size) => [size, errors.get(size)!, spectrum.narrow(0, 0, size).sum().item() / total]),
));
run.plot.axes("Error by length of the code", { x: "numbers in the code", y: "squared error", log: "x" });
run.plot.line("Error by length of the code", "PCA", [...errors]);

const some = unseen.narrow(0, 0, 6), views = { size: [-1, 28, 28] };
const again = reconstruct(some, run.options.code);
console.log(`six digits of the test set, and from ${run.options.code} numbers each`);
console.log(picture(some.view(views.size)), "\n");
console.log(picture(again.view(views.size), { range: [0, 1] }));
run.plot.images("Test images", some.view(views.size));
run.plot.images(`From ${run.options.code} numbers`, again.view(views.size), { range: [0, 1] });
run.plot.images("The first components", components.narrow(0, 0, 30).view(views.size), { colors: "signed" });

const plane = unseen.narrow(0, 0, 2000).sub(mean).matmul(components.narrow(0, 0, 2).T);
for (let digit = 0; digit < 10; digit++) {
  const isIt = test.tensors[1].narrow(0, 0, 2000).eq(digit);
  run.plot.points(
    "The plane of the first two",
    String(digit),
    plane.indexSelect(0, isIt.nonzero().flatten()),
  );
}

run.check("error with 30 numbers", errors.get(30) ?? error(unseen, 30), {
  equals: 13.87,
  within: 0.01,
  published: 13.87,
});
run.check("error with 2 numbers", errors.get(2)!, { equals: 43.64, within: 0.02 });
await run.end();
