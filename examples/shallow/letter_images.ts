/**
 * Letter images: 22 x 55 pixels, 30 hidden neurons and 26 answers, of which an untrained network gets one in 26.
 *
 *     1210-30-26      C = 1/2n Σ |y − σ(z)|²      right by chance: 1/26 = 3.85 %
 *
 * The task of an old laboratory course in neural networks, whose pictures are lost; here they are drawn from the outlines of
 * the DejaVu fonts, each letter a little larger or smaller, moved, turned and with noise. Sixteen faces are learnt from, five
 * are kept back to be read for the first time. Look at the letters themselves, and at which are confused in an unknown face.
 *
 * Takes 12 s.
 */
import { cat, data, metrics, noGrad, rand, randn, stack, type Tensor, tensor } from "../../mod.ts";
import { picture } from "../../lib/viz/mod.ts";
import { type Face, face, faceNames } from "../glyphs.ts";
import { descend, type Digits, measure, network, quadratic } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Letter images", { epochs: 15, lr: 3, copies: 40 });
const { epochs, lr, copies } = run.options;
const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"], [height, width] = [55, 22];

/** `count` images of each letter in each face, [n, 1210], and which letters they are. */
function draw(faces: readonly Face[], count: number): Digits {
  const images: Tensor[] = [], classes: number[] = [];
  const random = rand(faces.length, letters.length, count, 4).toArray() as number[][][][];
  for (const [f, face] of faces.entries()) {
    for (const [l, letter] of letters.entries()) {
      for (const [size, right, down, turn] of random[f][l]) {
        const pose = { size: 21 + 4 * size, right: 3 * right - 1.5, down: 6 * down - 3, turn: 12 * turn - 6 };
        images.push(face.draw(letter, height, width, pose).flatten());
        classes.push(l);
      }
    }
  }
  const x = stack(images), noisy = x.add(randn(x.shape).mul(0.1));
  return new data.TensorDataset(noisy, tensor(classes, { dtype: "int32" }));
}
const unknownNames = ["Sans-Oblique", "SansCondensed-Bold", "SansMono", "Serif-BoldItalic", "SerifCondensed"];
const known = await Promise.all(faceNames.filter((name) => !unknownNames.includes(name)).map(face));
const unknown = await Promise.all(unknownNames.map(face));
const train = draw(known, copies), test = draw(known, 5), strange = draw(unknown, 20);

const samples = cat([0, 1, 2, 3, 4].map((i) => strange.tensors[0].narrow(0, 520 * i + 20 * 5 * i, 1)));
console.log(
  picture(samples.reshape(5, height, width), { captions: unknownNames, columns: 5, range: [0, 1.2] }),
);
run.plot.images("Letters of the unknown faces", samples.reshape(5, height, width), {
  captions: unknownNames,
});

const untrained = Array.from({ length: 20 }, () => measure(network([height * width, 30, 26]), test).accuracy);
const model = network([height * width, 30, 26]);
const how = { name: "1210-30-26", lr, epochs, cost: quadratic, watch: true, plot: run.plot };
const curves = await descend(model, train, test, how), faces = measure(model, strange, quadratic);

const guesses = noGrad(() => model.forward(strange.tensors[0]).argmax(1));
run.plot.matrix("Answers in unknown faces", metrics.confusionMatrix(guesses, strange.tensors[1], 26), {
  classes: letters,
  sides: ["letter", "read as"],
});
const chance = untrained.reduce((a, b) => a + b) / untrained.length;
run.check("untrained, mean of 20", chance, { equals: 0.0385, within: 0.02, published: "1/26" });
run.check("trained, known faces", curves.test.accuracies.at(-1)!, { atLeast: 0.9 });
run.check("trained, unknown faces", faces.accuracy, { atLeast: 0.8 });
await run.end();
