/**
 * LSTM on digits: it reads an image row by row, as 28 steps of 28 pixels, and says after the last which digit it was.
 *
 * The order of the rows is a sequence like any other: what the first rows showed must be kept until the last is read.
 * PyTorch's well-known tutorials print 97 to 98 % for two layers of 128 after two passes; one layer of 64 does for
 * this. Look at the guesses row by row: the network changes its mind while it reads, as one would.
 *
 * Takes 20 s.
 */
import { data, nn, noGrad, optim, type Tensor } from "../../mod.ts";
import { picture, table } from "../../lib/viz/mod.ts";
import { fit } from "../classifier.ts";
import { system } from "../system.ts";

const run = system("LSTM on digits", { epochs: 2, cells: 64, lr: 5e-3, batch: 100 });
const { epochs, cells, lr, batch } = run.options;

/** Rows of pixels become scores of the ten digits. */
class RowReader extends nn.Module {
  readonly lstm = new nn.LSTM(28, cells, { batchFirst: true });
  readonly linear = new nn.Linear(cells, 10);

  /** [n, 1, 28, 28] -> [n, 28, 10]: the scores after each row. */
  scores(x: Tensor): Tensor {
    return this.linear.forward(this.lstm.forward(x.squeeze(1))[0]);
  }
  override forward(x: Tensor): Tensor {
    return this.linear.forward(this.lstm.forward(x.squeeze(1))[0].select(1, -1));
  }
}

const mnist = await data.mnist(), model = new RowReader();
const optimizer = new optim.Adam(model.parameters(), { lr });
const schedule = new optim.lrScheduler.OneCycleLR(optimizer, {
  maxLr: lr,
  totalSteps: epochs * 60_000 / batch,
});
const { accuracy } = await fit(model, mnist, {
  ...{ name: "LSTM", optimizer, schedule, epochs, batch, plot: run.plot },
});

const images = mnist.test.tensors[0].narrow(0, 0, 1000), digits = mnist.test.tensors[1].narrow(0, 0, 1000);
const guesses = noGrad(() => model.scores(images.div(255)).argmax(2)); // [1000, 28]
const byRow = guesses.eq(digits.unsqueeze(1)).float().mean(0).toArray() as number[];
run.plot.axes("Right by rows read", { x: "rows", y: "share of right answers" });
run.plot.line("Right by rows read", "LSTM", byRow.map((share, i) => [i + 1, share] as const));
console.log(picture(images.narrow(0, 0, 6)));
const read = [7, 11, 14, 17, 20, 24, 28];
const first = guesses.narrow(0, 0, 6).toArray() as number[][];
console.log(table(
  ["rows read", ...first.map((_, i) => `image ${i + 1}`), "right of 1000"],
  read.map((rows) => [rows, ...first.map((guess) => guess[rows - 1]), 1000 * byRow[rows - 1]]),
));

run.check("test accuracy", accuracy, { atLeast: 0.965 });
run.check("accuracy after half of the rows", byRow[13], { atMost: 0.8 });
await run.end();
