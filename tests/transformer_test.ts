/** Attention and transformers: against PyTorch, and against each other's forms. */
import "./setup.ts";
import { autograd, manualSeed, nn, noGrad, ones, type Tensor, tensor, zeros } from "../mod.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { assertClose } from "./close.ts";

const { MultiheadAttention, TransformerEncoderLayer, TransformerDecoderLayer, Transformer } = nn;

/** The numbers sin(0.9 k + phase) for k = 0, 1, 2, ..., times `scale`. */
function waves(shape: readonly number[], phase: number, scale = 1): Tensor {
  const count = shape.reduce((product, n) => product * n, 1);
  return tensor(Float64Array.from({ length: count }, (_, k) => Math.sin(0.9 * k + phase) * scale), { shape });
}

/** A sum in which every element has a weight of its own. */
function mark(x: Tensor): Tensor {
  return x.mul(waves(x.shape, 0.5)).sum();
}

/** The module in float64, its parameters filled with waves. */
function filled<M extends nn.Module>(module: M): M {
  module.double();
  noGrad(() => [...module.parameters()].forEach((p, i) => p.copy_(waves(p.shape, 1.7 * i, 0.5))));
  return module;
}

/** Holds the marks of outputs and of gradients, by each input and by all parameters, against PyTorch's. */
function agrees<M extends nn.Module>(
  module: M,
  inputs: readonly Tensor[],
  call: (module: M, ...inputs: Tensor[]) => Tensor | readonly (Tensor | null)[],
  expected: readonly number[],
): void {
  const leaves = inputs.map((x) => x.clone().requiresGrad_());
  const outputs = [call(filled(module), ...leaves)].flat().filter((y) => y !== null).map(mark);
  outputs.reduce((a, b) => a.add(b)).backward();
  const byInput = leaves.map((x) => mark(x.grad!).item());
  const byParameters = [...module.parameters()].reduce((sum, p) => sum + mark(p.grad!).item(), 0);
  const actual = [...outputs.map((y) => y.item()), ...byInput, byParameters];
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-11, `number ${i}`)); // sums of some 100 terms
}

const [l, s, n, e] = [3, 5, 2, 4];
const [q, k, v] = [waves([l, n, e], 1), waves([s, n, e], 2), waves([s, n, e], 3)];
const attnMask = waves([l, s], 4).gt(0.6), eachHead = waves([n * 2, l, s], 5);
const keyPaddingMask = tensor([[0, 0, 1, 0, 1], [0, 0, 0, 0, 1]], { dtype: "bool" });
const tgtKeyPaddingMask = tensor([[0, 1, 0], [0, 0, 0]], { dtype: "bool" });
const turned = (x: Tensor) => x.transpose(0, 1);

Deno.test("MultiheadAttention equals PyTorch's under every mask and option", () => {
  const check = (
    layer: nn.MultiheadAttention,
    masks: nn.AttentionForwardOptions,
    expected: number[],
    inputs = layer.batchFirst ? [q, k, v].map(turned) : [q, k, v],
  ) => agrees(layer, inputs, (layer, q, k, v) => layer.forward(q, k, v, masks), expected);
  check(new MultiheadAttention(e, 2), {}, [
    ...[-0.07157865298341953, 1.3780740769259876, 0.14758421178817896, 0.38961829069964676],
    ...[0.464504440869595, 3.8566484626668354],
  ]);
  check(new MultiheadAttention(e, 2), { attnMask }, [
    ...[-0.05805595567211114, 2.6675759245053303, 0.08045764070884506, -0.05867094064685574],
    ...[0.35950493958068125, 2.553150406663904],
  ]);
  check(new MultiheadAttention(e, 2, { bias: false }), { attnMask: eachHead }, [
    ...[-0.12434157471647886, 2.294678048499789, 0.061714929163295046, 0.6003382408074968],
    ...[0.24410107847174892, 1.741314803703389],
  ]);
  check(new MultiheadAttention(e, 2, { batchFirst: true }), { keyPaddingMask }, [
    ...[0.17415495008460125, 0.9662817635756482, 0.57130617524359, 0.122372488784603],
    ...[0.020558848494455433, 3.570800896644945],
  ]);
  check(new MultiheadAttention(e, 4), { keyPaddingMask: waves([n, s], 6) }, [
    ...[0.02060303135858474, 0.9799188266736241, 0.3749734193499446, 0.45962309078568897],
    ...[0.13142941120505192, 3.5935397708103363],
  ]);
  check(new MultiheadAttention(e, 2, { addBiasKv: true, addZeroAttn: true }), { attnMask, keyPaddingMask }, [
    ...[-0.33636750653005454, 0.08035590371519286, 1.0129776680395899, 0.16086619725969178],
    ...[-0.24069178322851478, 5.482062760461628],
  ]);
  const sizes = [q, waves([s, n, 3], 2), waves([s, n, 6], 3)];
  check(new MultiheadAttention(e, 2, { kdim: 3, vdim: 6 }), { averageAttnWeights: false }, [
    ...[-0.1714420535109541, 1.5359691356548437, 0.938155221112131, 1.0905833656325346],
    ...[-0.1970296566297693, 3.192291496841868],
  ], sizes);
  const single = { attnMask: eachHead.narrow(0, 0, 2), keyPaddingMask: keyPaddingMask.select(0, 0) };
  check(new MultiheadAttention(e, 2, { batchFirst: true }), { ...single, needWeights: false }, [
    ...[-0.5178149444555248, -0.08766146208097811, 0.004131148470574017, 0.06506578840293067],
    1.254875445966732,
  ], [q, k, v].map((x) => x.select(1, 0)));
});

Deno.test("transformer layers equal PyTorch's, norms before and after, with masks", () => {
  const srcMask = Transformer.generateSquareSubsequentMask(s),
    masks = { memoryMask: attnMask, tgtIsCausal: true };
  agrees(
    new TransformerEncoderLayer(e, 2, 6, 0),
    [k],
    (layer, x) => layer.forward(x, { srcMask, srcKeyPaddingMask: keyPaddingMask }),
    [-1.75595620230404, -4.081151072830483, -2.727188815399141],
  );
  agrees(
    new TransformerEncoderLayer(e, 2, 6, 0, "gelu", 1e-3, true, true),
    [turned(k)],
    (layer, x) => layer.forward(x, { srcKeyPaddingMask: keyPaddingMask }),
    [-0.3882147915885278, 19.03150450859787, 1.2400499195774333],
  );
  agrees(
    new TransformerDecoderLayer(e, 2, 6, 0),
    [q, k],
    (layer, x, memory) => layer.forward(x, memory, { ...masks, memoryKeyPaddingMask: keyPaddingMask }),
    [-0.98751381633466, 0.12182751149810206, -0.1827840780466879, 1.7900342130703377],
  );
  agrees(
    new TransformerDecoderLayer(e, 2, 6, 0, {
      ...{ activation: (x: Tensor) => x.tanh(), batchFirst: true, normFirst: true },
    }),
    [turned(q), turned(k)],
    (layer, x, memory) => layer.forward(x, memory, { tgtKeyPaddingMask }),
    [4.412216147238335, 11.612626330088673, 0.04550578788613939, 1.7341237528356852],
  );
});

Deno.test("Transformer equals PyTorch's with all masks", () => {
  const [srcMask, tgtMask] = [s, l].map((size) => Transformer.generateSquareSubsequentMask(size));
  const padding = {
    srcKeyPaddingMask: keyPaddingMask,
    tgtKeyPaddingMask,
    memoryKeyPaddingMask: keyPaddingMask,
  };
  agrees(
    new Transformer(e, 2, 2, 2, 6, 0),
    [k, q],
    (model, src, tgt) => model.forward(src, tgt, srcMask, tgtMask, attnMask, padding),
    [0.6974847019681826, -0.006370742020701063, 0.007526864151691914, 2.538216274305652],
  );
});

Deno.test("MultiheadAttention projects one tensor for all as it projects three", () => {
  const layer = new MultiheadAttention(e, 2, { dtype: "float64" }), parameters = [...layer.parameters()];
  const x = waves([l, n, e], 1).double().requiresGrad_();
  const results = [[x, x, x], [x, x.clone(), x.clone()]].map(([q, k, v]) => {
    const [y, weights] = layer.forward(q, k, v, { isCausal: true });
    const first = autograd.grad(y.square().sum().add(weights!.cos().sum()), [x, ...parameters], {
      createGraph: true,
    });
    const sum = first.map((g) => g!.mul(g!).sum()).reduce((a, b) => a.add(b));
    return [y, weights!, ...first, ...autograd.grad(sum, [x, ...parameters], { allowUnused: true })];
  });
  results[0].forEach((a, i) => {
    const b = results[1][i];
    assert(a === null ? b === null : a.allclose(b!, { rtol: 1e-9, atol: 1e-9 }), `result ${i}`);
  });
});

Deno.test("attention and transformers start with PyTorch's numbers", () => {
  const first = (x: Tensor | null) => [...x!.toTypedArray().subarray(0, 3)];
  const float32 = (...values: number[]) => [...new Float32Array(values)];
  manualSeed(0);
  const attention = new MultiheadAttention(4, 2, { addBiasKv: true });
  assertEquals(first(attention.inProjWeight), float32(0.22242416, 0.5085067, -0.12602636));
  assertEquals(first(attention.outProj.weight), float32(-0.00374341, 0.2682218, -0.41152257));
  assertEquals(first(attention.biasV), float32(0.13668387, -0.45905, -0.020210544));
  assertEquals([first(attention.inProjBias), first(attention.outProj.bias)], [[0, 0, 0], [0, 0, 0]]);
  manualSeed(0);
  const state = new Transformer(4, 2, 1, 2, 6).stateDict();
  assertEquals(first(state["encoder.layers.0.linear1.weight"]), float32(0.25625113, 0.774346, 0.4017546));
  assertEquals(first(state["encoder.layers.0.linear1.bias"]), float32(0.3579358, 0.18695557, -0.49486762));
  assertEquals(
    first(state["decoder.layers.1.multihead_attn.in_proj_weight"]),
    float32(-0.10756103, 0.19846073, 0.24025051),
  );
  assertEquals(first(state["decoder.layers.1.linear2.weight"]), float32(0.11928285, 0.46428195, -0.6983698));
  assertEquals(first(state["decoder.layers.1.linear2.bias"]), float32(-0.2131675, 0.004026074, 0.16881026));
});

Deno.test("parameters of transformers have PyTorch's names and order", () => {
  const attention = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"];
  const affine = (...names: string[]) => names.flatMap((name) => [`${name}.weight`, `${name}.bias`]);
  assertEquals(Object.keys(new Transformer(4, 2, 1, 1, 6).stateDict()), [
    ...attention.map((name) => `encoder.layers.0.self_attn.${name}`),
    ...affine(...["linear1", "linear2", "norm1", "norm2"].map((name) => `encoder.layers.0.${name}`)),
    ...affine("encoder.norm"),
    ...attention.map((name) => `decoder.layers.0.self_attn.${name}`),
    ...attention.map((name) => `decoder.layers.0.multihead_attn.${name}`),
    ...affine(...["linear1", "linear2", "norm1", "norm2", "norm3"].map((name) => `decoder.layers.0.${name}`)),
    ...affine("decoder.norm"),
  ]);
  assertEquals(
    Object.keys(new MultiheadAttention(4, 2, { kdim: 3, addBiasKv: true, bias: false }).stateDict()),
    [
      ...["q_proj_weight", "k_proj_weight", "v_proj_weight", "bias_k", "bias_v", "out_proj.weight"],
    ],
  );
});

Deno.test("dropout draws PyTorch's numbers while training, and none in eval()", () => {
  const layer = filled(new TransformerEncoderLayer(e, 2, 6, 0.5));
  manualSeed(0);
  assertAlmostEquals(mark(layer.forward(k)).item(), -1.2093865719056343, 1e-11);
  const attention = filled(new MultiheadAttention(e, 2, 0.5));
  manualSeed(0);
  const [y, weights] = attention.forward(q, k, v);
  assertAlmostEquals(mark(y).item(), -0.024540374245793417, 1e-11);
  assertAlmostEquals(mark(weights!).item(), 1.7902291862889803, 1e-11);
  assertClose(
    attention.eval().forward(q, k, v)[1]!.sum(2),
    ones([n, l], { dtype: "float64" }),
    "rows of weights",
  );
});

Deno.test("causal equals masked, also where keys join", () => {
  const attnMask = Transformer.generateSquareSubsequentMask(s), { NEGATIVE_INFINITY: no } = Number;
  assertEquals(Transformer.generateSquareSubsequentMask(2, { dtype: "float64" }).toArray(), [[0, no], [
    0,
    0,
  ]]);
  for (const options of [{}, { addBiasKv: true, addZeroAttn: true }]) {
    const layer = filled(new MultiheadAttention(e, 2, options));
    const [masked, weights] = layer.forward(k, k, v, { attnMask, keyPaddingMask });
    const [causal, same] = layer.forward(k, k, v, { isCausal: true, keyPaddingMask });
    assertClose(causal, masked, "output");
    assertClose(same!, weights!, "weights");
    const bools = layer.forward(k, k, v, { attnMask: attnMask.lt(0), keyPaddingMask })[0];
    assertClose(bools, masked, "bool mask");
  }
  const model = filled(new Transformer(e, 2, 1, 1, 6, 0)),
    tgtMask = Transformer.generateSquareSubsequentMask(l);
  const memoryMask = attnMask.narrow(0, 0, l);
  assertClose(
    model.forward(k, q, { srcIsCausal: true, tgtIsCausal: true, memoryIsCausal: true }),
    model.forward(k, q, { srcMask: attnMask, tgtMask, memoryMask }),
    "Transformer",
  );
});

Deno.test("batchFirst equals transposed, and one sequence a batch of one", () => {
  const pairs = [false, true].map((batchFirst) =>
    filled(new Transformer(e, 2, 1, 1, { dropout: 0, batchFirst }))
  );
  const [y, z] = [pairs[0].forward(k, q), pairs[1].forward(turned(k), turned(q))];
  assertClose(turned(z), y, "transposed");
  for (const model of pairs) {
    const alone = model.forward(k.select(1, 1), q.select(1, 1));
    assertClose(alone, y.select(1, 1), "one of the batch");
  }
});

Deno.test("weights of queries, keys and values apart equal packed ones", () => {
  const packed = filled(new MultiheadAttention(e, 2)),
    apart = filled(new MultiheadAttention(e, 2, { vdim: 5 }));
  const [wq, wk, wv] = packed.inProjWeight!.chunk(3), wider = wv.pad([0, 1]);
  const { in_proj_weight: _, ...others } = packed.stateDict();
  apart.loadStateDict({ ...others, q_proj_weight: wq, k_proj_weight: wk, v_proj_weight: wider });
  assertClose(apart.forward(q, k, v.pad([0, 1], "constant", 7))[0], packed.forward(q, k, v)[0], "output");
});

Deno.test("a query that may see no key becomes NaN, as in PyTorch", () => {
  const layer = filled(new MultiheadAttention(e, 2)), none = ones([l, s]).bool();
  assert([...layer.forward(q, k, v, { attnMask: none })[0].toTypedArray()].every(Number.isNaN));
  const joined = filled(new MultiheadAttention(e, 2, { addZeroAttn: true }));
  assertEquals(mark(joined.forward(q, k, v, { attnMask: none })[1]!.narrow(2, 0, s)).item(), 0);
});

Deno.test("a stack has layers of its own, which begin equal", () => {
  const layer = new TransformerEncoderLayer(4, 2, 6), stack = new nn.TransformerEncoder(layer, 2);
  const [a, b] = stack.layers as Iterable<nn.TransformerEncoderLayer>;
  assertEquals(a.linear1.weight.toArray(), b.linear1.weight.toArray());
  assert(a.linear1.weight !== b.linear1.weight && a.linear1.weight !== layer.linear1.weight);
  assertEquals([...stack.parameters()].length, 24);
});

Deno.test("Transformer takes other halves, and modules as activation", () => {
  class Plus extends nn.Module {
    override forward(x: Tensor, memory: unknown): Tensor {
      return nn.functional.relu(memory && typeof memory === "object" && "shape" in memory ? x.add(1) : x);
    }
  }
  const model = new Transformer({
    dModel: 2,
    nhead: 1,
    customEncoder: new Plus(),
    customDecoder: new Plus(),
  });
  assertEquals(model.forward(zeros(3, 1, 2), zeros(1, 1, 2)).toArray(), [[[1, 1]]]);
  const layer = new TransformerEncoderLayer(4, 2, 6, { activation: new nn.PReLU() });
  assertEquals(Object.keys(layer.stateDict()).at(-1), "activation.weight");
  assertEquals(layer.forward(ones(3, 4)).shape, [3, 4]);
});

Deno.test("gradients of tiny layers are right, by inputs and parameters, also second ones", () => {
  const decoder = filled(new TransformerDecoderLayer(2, 1, 3, 0, "gelu"));
  const inputs = [waves([2, 1, 2], 1), waves([3, 1, 2], 2)].map((x) => x.requiresGrad_());
  autograd.gradcheck(
    (x, memory) => decoder.forward(x, memory, { tgtIsCausal: true }),
    [...inputs, ...decoder.parameters()],
  );
  const attention = filled(new MultiheadAttention(2, 1, { addBiasKv: true }));
  const [x, z] = inputs, attnMask = waves([2, 3], 3).requiresGrad_();
  const attend = (x: Tensor, z: Tensor, attnMask: Tensor) => attention.forward(x, z, z, { attnMask })[0];
  autograd.gradcheck(attend, [x, z, attnMask, ...attention.parameters()]);
  autograd.gradgradcheck(attend, [x, z, attnMask]);
});

Deno.test("attention says what does not fit", () => {
  const layer = new MultiheadAttention(4, 2), [x, z] = [zeros(3, 2, 4), zeros(5, 2, 4)];
  assertThrows(
    () => new MultiheadAttention(6, 4),
    RangeError,
    "Cannot make MultiheadAttention(6, 4): 6 does not divide into 4 heads",
  );
  assertThrows(
    () => layer.forward(x, z, x),
    TypeError,
    "Cannot apply MultiheadAttention(4, 2) to query [3, 2, 4], key [5, 2, 4] and value [3, 2, 4]: they must be " +
      "[l, n, 4], [s, n, 4] and [s, n, 4]",
  );
  assertThrows(
    () => layer.forward(x, z, z, { attnMask: zeros(5, 3) }),
    TypeError,
    "with attnMask of shape [5, 3]: it must be [3, 5] or [4, 3, 5]",
  );
  assertThrows(
    () => layer.forward(x, z, z, { keyPaddingMask: zeros([2, 5], { dtype: "int32" }) }),
    TypeError,
    "with keyPaddingMask of dtype int32: it must be bool or float",
  );
  assertThrows(
    () => new Transformer(4, 2, 1, 1, 6).forward(zeros(5, 3, 4), x),
    TypeError,
    "Cannot apply Transformer to src [5, 3, 4] and tgt [3, 2, 4]: the last dimensions must be 4, and dimensions 1, of " +
      "the batch, equal",
  );
  assertThrows(
    () => new TransformerEncoderLayer(4, 2, { activation: "swish" as never }),
    TypeError,
    'Cannot call TransformerEncoderLayer() with activation "swish": it must be "relu" or "gelu"',
  );
});
