/**
 * Early stopping: ends when the validation digits say so, and goes back to the best weights it had.
 *
 *     stop after epoch t, when t − argmax accuracy(validation) = patience
 *
 * The rule "no improvement in ten" of "Neural Networks and Deep Learning" (2015, chapter 3), which prints no figure for it. A
 * network of 784-100-10 soon knows 5000 digits by heart; what it does then is lost time. The check trains as long again after
 * the stop to see what was missed. Look at the cost in validation, which turns early, and at the accuracy, which lies flat.
 *
 * Takes 15 s.
 */
import { data, optim } from "../../mod.ts";
import { crossEntropy, digits, measure, network } from "../nielsen.ts";
import { system } from "../system.ts";

const run = system("Early stopping", { patience: 10, digits: 5000, lr: 0.5 });
const { patience, lr } = run.options, { train, validation, test } = await digits(run.options.digits);

const model = network([784, 100, 10]), optimizer = new optim.SGD(model.parameters(), { lr });
const loader = new data.DataLoader(train, { batchSize: 10, shuffle: true });

/** One pass; gives the accuracy in validation. */
async function pass(epoch: number): Promise<number> {
  for await (const [x, y] of data.tqdm(loader, { desc: `epoch ${epoch}`, leave: false })) {
    optimizer.zeroGrad();
    crossEntropy(model.forward(x), y).backward();
    optimizer.step();
  }
  for (const [name, set] of [["training", train], ["validation", validation], ["test", test]] as const) {
    const { accuracy, cost } = measure(model, set);
    run.plot.curve("Accuracy", name, epoch, accuracy);
    run.plot.curve("Cost", name, epoch, cost);
  }
  return measure(model, validation).accuracy;
}

let epoch = 0, best = { epoch, accuracy: 0, model: model.clone() };
while (epoch - best.epoch < patience) {
  const accuracy = await pass(++epoch);
  if (accuracy > best.accuracy) best = { epoch, accuracy, model: model.clone() };
}
const stopped = epoch;
while (epoch < 2 * stopped) await pass(++epoch);
const chosen = measure(best.model, test), late = measure(model, test), ahead = measure(model, train);
console.log(`stopped after ${stopped} epochs, best was ${best.epoch}; then as many again`);

run.check("epoch of the stop", stopped, { atMost: 60 });
run.check("test accuracy of the best weights", chosen.accuracy, { atLeast: 0.935 });
run.check("of the network trained twice as long", late.accuracy, { atMost: chosen.accuracy + 0.003 });
run.check("its test cost over that of the best", late.cost / chosen.cost, { atLeast: 1.02 });
run.check("its training accuracy", ahead.accuracy, { atLeast: 0.999 });
await run.end();
