/** Whole models against PyTorch: 20 steps of Adam from fixed weights in float64 (goldens/models.py). */
import "./setup.ts";
import { F, nn, noGrad, optim, type Tensor, tensor } from "../mod.ts";
import { assertEquals } from "@std/assert";
import { assertCloseTo } from "./close.ts";
import goldens from "./goldens/models.json" with { type: "json" };

/** What PyTorch has: the loss of each step, and parameters and buffers after the last. */
interface Golden {
  readonly losses: readonly number[];
  readonly state: Readonly<Record<string, readonly number[]>>;
}

/** Adam magnifies rounding where a gradient is 0 but for it, as that of the keys' biases: to 1.4e-11 in 20 steps. */
const TOLERANCE = 1e-9;

/** The numbers sin(0.9 k + phase) for k = 0, 1, 2, ..., times `scale`. */
function waves(shape: readonly number[], phase: number, scale = 1): Tensor {
  const count = shape.reduce((product, n) => product * n, 1);
  return tensor(Float64Array.from({ length: count }, (_, k) => Math.sin(0.9 * k + phase) * scale), { shape });
}

/** Trains as models.py does. */
function agrees(model: nn.Module, loss: (model: nn.Module) => Tensor, { losses, state }: Golden): void {
  model.double();
  noGrad(() => [...model.parameters()].forEach((p, i) => p.copy_(waves(p.shape, 1.7 * i, 0.5))));
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
  losses.forEach((expected, step) => {
    optimizer.zeroGrad();
    const value = loss(model);
    value.backward();
    optimizer.step();
    assertCloseTo(value.detach(), [], [expected], `loss of step ${step}`, TOLERANCE);
  });
  const own = model.stateDict();
  assertEquals(Object.keys(own), Object.keys(state));
  for (const [name, value] of Object.entries(own)) {
    assertCloseTo(value, value.shape, state[name], name, TOLERANCE);
  }
}

const classes = tensor([0, 2, 1], { dtype: "int32" });

Deno.test("20 Adam steps of an MLP equal PyTorch's", () => {
  const model = new nn.Sequential(
    ...[new nn.Linear(3, 6), new nn.Tanh(), new nn.Linear(6, 6), new nn.GELU(), new nn.Linear(6, 2)],
  );
  const x = waves([5, 3], 2), y = waves([5, 2], 3);
  agrees(model, (model) => F.mseLoss(model.forward(x), y), goldens.mlp);
});

Deno.test("20 Adam steps of a conv net with batch norm equal PyTorch's", () => {
  const model = new nn.Sequential(
    ...[new nn.Conv2d(1, 2, 3, { padding: 1, bias: false }), new nn.BatchNorm2d(2), new nn.ReLU()],
    ...[new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(18, 3)],
  );
  const x = waves([3, 1, 6, 6], 2);
  agrees(model, (model) => F.crossEntropy(model.forward(x), classes), goldens.convolutional);
});

class Recurrent extends nn.Module {
  lstm = new nn.LSTM(2, 3, { numLayers: 2, bidirectional: true, batchFirst: true });
  out = new nn.Linear(6, 2);
  override forward(x: Tensor): Tensor {
    return this.out.forward(this.lstm.forward(x)[0].select(1, -1));
  }
}

Deno.test("20 Adam steps of an LSTM equal PyTorch's", () => {
  const x = waves([3, 4, 2], 2), y = waves([3, 2], 3);
  agrees(new Recurrent(), (model) => F.mseLoss(model.forward(x), y), goldens.lstm);
});

class Classifier extends nn.Module {
  embedding = new nn.Embedding(6, 4);
  encoder = new nn.TransformerEncoder(
    new nn.TransformerEncoderLayer(4, 2, 6, { dropout: 0, batchFirst: true }),
    2,
    new nn.LayerNorm(4),
  );
  out = new nn.Linear(4, 3);
  override forward(tokens: Tensor): Tensor {
    const x = this.encoder.forward(this.embedding.forward(tokens), { srcKeyPaddingMask: tokens.eq(0) });
    return this.out.forward(x.mean(1));
  }
}

Deno.test("20 Adam steps of a transformer encoder equal PyTorch's", () => {
  const tokens = tensor([[5, 1, 2, 0], [3, 3, 4, 1], [2, 5, 0, 0]], { dtype: "int32" });
  agrees(new Classifier(), (model) => F.crossEntropy(model.forward(tokens), classes), goldens.transformer);
});
