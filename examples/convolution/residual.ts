/**
 * Shortcuts: the same network of 20 layers with and without them, on clothes.
 *
 *     plain: y = relu(F(x)); residual: y = relu(F(x) + x)
 *
 * He, Zhang, Ren and Sun, 2015, sections 3.3 and 4.2: three stages of six 3 x 3 convolutions with 8, 16 and 32 channels. A
 * shortcut that changes the number of channels is a 1 x 1 convolution. Look at the training loss: the plain network can
 * represent whatever the other can, and yet learns more slowly; the gradient finds its way back through the sum.
 *
 * Takes 1 min.
 */
import { data, nn, optim, type Tensor } from "../../mod.ts";
import { BasicBlock } from "../../lib/nn/models/mod.ts";
import { first, fit } from "../classifier.ts";
import { system } from "../system.ts";

/** A block without its shortcut. */
class PlainBlock extends BasicBlock {
  override forward(x: Tensor): Tensor {
    const half = this.bn1.forward(this.conv1.forward(x)).relu();
    return this.bn2.forward(this.conv2.forward(half)).relu();
  }
}

const run = system("Shortcuts", { epochs: 3, images: 10_000, lr: 1e-3 });
const { train, test } = await data.fashionMnist();
const fashion = { train: first(run.options.images, train), test };

/** 1 + 18 convolutions and a linear layer. */
function network(Block: typeof BasicBlock, hasShortcuts: boolean): nn.Module {
  const stage = (inputs: number, outputs: number) => {
    const stride = inputs === outputs ? 1 : 2;
    const shortcut = hasShortcuts && stride > 1 ? new nn.Conv2d(inputs, outputs, 1, { stride }) : null;
    const start = new Block(inputs, outputs, { stride, downsample: shortcut });
    return [start, new Block(outputs, outputs), new Block(outputs, outputs)];
  };
  return new nn.Sequential(
    new nn.Conv2d(1, 8, 3, { stride: 2, padding: 1, bias: false }),
    new nn.BatchNorm2d(8),
    new nn.ReLU(),
    ...stage(8, 8),
    ...stage(8, 16),
    ...stage(16, 32),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(32, 10),
  );
}

async function train20(name: string, model: nn.Module) {
  const optimizer = new optim.Adam(model.parameters(), { lr: run.options.lr });
  return await fit(model, fashion, { name, optimizer, epochs: run.options.epochs, plot: run.plot });
}
const plain = await train20("plain", network(PlainBlock, false));
const residual = await train20("residual", network(BasicBlock, true));

const ratio = residual.losses.at(-1)! / plain.losses.at(-1)!;
run.check("training loss with shortcuts / without", ratio, { atMost: 0.95 });
run.check("test accuracy with shortcuts − without", residual.accuracy - plain.accuracy, { atLeast: 0 });
await run.end();
