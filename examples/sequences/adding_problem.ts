/**
 * Adding problem: two of fifty numbers are marked, and their sum is asked for at the end.
 *
 *     x = (value, mark) at each of T steps, y = the sum of the two marked values; error = mean (h(T) − y)²
 *
 * Hochreiter and Schmidhuber 1997, experiment 4, in the form that is common today: values from 0 to 1, one mark in
 * either half. Always answering 1, the mean, has error 1/6. The gradient of a plain RNN must come back through every
 * tanh in between and vanishes; an LSTM adds to its memory c, whose own gradient is the forget gate. They report
 * 74,000 sequences of T = 100 until the errors are small, and that other networks never learned it.
 *
 * Look at the curves: both find the mean at once, and the LSTM then suddenly finds out what the marks are for.
 *
 * Takes 4 s.
 */
import {
  manualSeed,
  mseLoss,
  nn,
  noGrad,
  optim,
  rand,
  randint,
  scope,
  stack,
  type Tensor,
  zeros,
} from "../../mod.ts";
import { system } from "../system.ts";

const run = system("Adding problem", { length: 50, steps: 1500, batch: 32, cells: 16, lr: 0.01 });
const { length, steps, batch, cells, lr, seed } = run.options;

/** Sequences [n, length, 2] and their sums [n, 1]. */
function draw(n: number): { x: Tensor; y: Tensor } {
  const values = rand([n, length]), half = Math.floor(length / 2);
  const first = randint(0, half, [n, 1]), second = randint(half, length, [n, 1]);
  const marks = zeros([n, length]).scatter(1, first, 1).scatter(1, second, 1);
  return { x: stack([values, marks], 2), y: values.mul(marks).sum(1, true) };
}

/** Answers after the last step. */
class Adder extends nn.Module {
  readonly linear = new nn.Linear(cells, 1);
  constructor(readonly layer: nn.LSTM | nn.RNN) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return this.linear.forward(this.layer.forward(x)[0].select(1, -1));
  }
}

/** The mean squared error on new sequences after training. */
async function learn(name: string, layer: nn.LSTM | nn.RNN): Promise<number> {
  const model = new Adder(layer), optimizer = new optim.Adam(model.parameters(), { lr });
  let recent = 0;
  for (let step = 1; step <= steps; step++) {
    {
      using _ = scope(); // gives memory back at once
      const { x, y } = draw(batch), loss = mseLoss(model.forward(x), y);
      optimizer.zeroGrad();
      loss.backward();
      nn.utils.clipGradNorm_(model.parameters(), 1);
      optimizer.step();
      recent += loss.item();
    }
    if (step % 50 > 0) continue;
    run.plot.curve("Squared error", name, step * batch, recent / 50);
    if (step % 250 === 0) {
      console.log(`${name}, ${step * batch} sequences: error ${(recent / 50).toFixed(4)}`);
    }
    recent = 0;
    await run.tick();
  }
  const { x, y } = draw(1000), answers = noGrad(() => model.forward(x));
  run.plot.points("Sum and answer", name, stack([y, answers], 1).squeeze(2));
  return mseLoss(answers, y).item();
}

run.plot.axes("Squared error", { x: "sequences", y: "mean squared error", log: "y" });
run.plot.axes("Sum and answer", { x: "sum of the marked", y: "answer" });
manualSeed(seed);
const rnn = await learn("RNN", new nn.RNN(2, cells, { batchFirst: true }));
manualSeed(seed);
const lstm = new nn.LSTM(2, cells, { batchFirst: true });
noGrad(() => lstm.biasHhL0.narrow(0, cells, cells).fill_(1)); // begin with open forget gates (Gers et al. 2000)
const error = await learn("LSTM", lstm);

run.check("squared error of the LSTM", error, { atMost: 0.005 });
run.check("squared error of the plain RNN", rnn, { atLeast: 0.05 });
await run.end();
