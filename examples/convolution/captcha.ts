/**
 * Captcha: four digits of changing faces, turned, crossed by a line and strewn with noise, are read at once.
 *
 *     loss = the mean over the four places of −log softmax(scores)[digit]
 *
 * One network with four times ten outputs, all of which see the whole picture; nobody cuts the digits apart. A
 * well-known project (ypwhs/captcha_break, 2017) reads 98.26 % of captchas of four out of 36 characters in this way,
 * 128 x 64 pixels each, with far more layers and pictures drawn without end. Here are 8000 pictures of 60 x 24
 * pixels, drawn from the outlines of four DejaVu faces. A captcha counts as read if all four digits are. Look at
 * those that were misread.
 *
 * Takes 40 s.
 */
import {
  arange,
  cat,
  crossEntropy,
  data,
  nn,
  noGrad,
  optim,
  rand,
  randint,
  randn,
  stack,
  type Tensor,
} from "../../mod.ts";
import { picture } from "../../lib/viz/mod.ts";
import { face } from "../glyphs.ts";
import { system } from "../system.ts";

const run = system("Captcha", { epochs: 8, images: 8000, batch: 50, lr: 2e-3 });
const { epochs, images, batch, lr } = run.options;
const [height, width] = [24, 60];
const faces = await Promise.all(["Sans", "Sans-Bold", "SansMono", "Serif"].map(face));

/** A line from the left side to the right, thin and straight, [height, width]. */
function line(): Tensor {
  const [from, to] = rand(2).mul(height).toArray() as number[];
  const path = arange(width).mul((to - from) / width).add(from);
  return arange(height).unsqueeze(1).sub(path).abs().neg().add(1).relu();
}

/** `n` captchas [n, 1, height, width] and their digits [n, 4]. */
function draw(n: number): data.TensorDataset<[Tensor, Tensor]> {
  const digits = randint(0, 10, [n, 4]), written = digits.toArray() as number[][];
  const chances = rand(n, 4, 5).toArray() as number[][][];
  const captchas = written.map((four, i) => {
    const ink = four.map((digit, place) => {
      const [which, size, right, down, turn] = chances[i][place];
      return faces[Math.floor(4 * which)].draw(String(digit), height, width, {
        size: 17 + 4 * size,
        right: 14 * (place - 1.5) + 4 * right - 2,
        down: 4 * down - 2,
        turn: 50 * turn - 25,
      });
    });
    return stack([...ink, line()]).amax(0);
  });
  const x = stack(captchas).unsqueeze(1);
  return new data.TensorDataset(x.add(randn(x.shape).mul(0.2)).clamp(0, 1), digits);
}

const filters = new nn.Conv2d(1, 16, 5, { padding: 2 });
const model = new nn.Sequential(
  filters,
  new nn.ReLU(),
  new nn.MaxPool2d(2),
  new nn.Conv2d(16, 32, 3, { padding: 1 }),
  new nn.ReLU(),
  new nn.MaxPool2d(2),
  new nn.Conv2d(32, 32, 3, { padding: 1 }),
  new nn.ReLU(),
  new nn.Flatten(),
  new nn.Linear(32 * 6 * 15, 128),
  new nn.ReLU(),
  new nn.Dropout(0.3),
  new nn.Linear(128, 4 * 10),
  new nn.Unflatten(1, [4, 10]),
);

/** The likeliest digits, [n, 4]. */
function read(x: Tensor): Tensor {
  model.eval();
  return noGrad(() => cat(x.split(500).map((part): Tensor => model.forward(part).argmax(2))));
}

const train = draw(images), test = draw(2000), [x, y] = test.tensors;
const names = (digits: Tensor) => (digits.toArray() as number[][]).map((four) => four.join(""));
console.log(picture(x.narrow(0, 0, 3), { captions: names(y.narrow(0, 0, 3)), columns: 1 }));
const loader = new data.DataLoader(train, { batchSize: batch, shuffle: true });
const optimizer = new optim.Adam(model.parameters(), { lr });
const totalSteps = epochs * loader.length;
const schedule = new optim.lrScheduler.OneCycleLR(optimizer, { maxLr: lr, totalSteps });
run.plot.axes("Test accuracy", { x: "epoch", y: "share read rightly" });
for (let epoch = 1, step = 0; epoch <= epochs; epoch++) {
  model.train();
  for await (const [captchas, digits] of data.tqdm(loader, { desc: `epoch ${epoch}` })) {
    const loss = crossEntropy(model.forward(captchas).flatten(0, 1), digits.flatten());
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    schedule.step();
    if (++step % 20 === 0) run.plot.curve("Training loss", "captcha", step / loader.length, loss);
  }
  const right = read(x).eq(y), digits = right.float().mean().item();
  const whole = right.all(1).float().mean().item();
  run.plot.curve("Test accuracy", "digits", epoch, digits);
  run.plot.curve("Test accuracy", "captchas", epoch, whole);
  console.log(`epoch ${epoch}: ${digits.toFixed(4)} of the digits, ${whole.toFixed(4)} of the captchas`);
}

const answers = read(x), right = answers.eq(y), wrong = right.all(1).logicalNot().nonzero().flatten();
const some = wrong.narrow(0, 0, Math.min(12, wrong.numel()));
const told = names(answers.indexSelect(0, some));
const captions = names(y.indexSelect(0, some)).map((asked, i) => `${asked} read as ${told[i]}`);
run.plot.images("Misread", x.indexSelect(0, some), { captions, columns: 4, range: [1, 0] });
run.plot.images("Filters", filters.weight, { colors: "signed" });

run.check("captchas read", right.all(1).float().mean().item(), { atLeast: 0.85, published: 0.9826 });
run.check("digits read", right.float().mean().item(), { atLeast: 0.96 });
await run.end();
