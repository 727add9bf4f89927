/** What the table of compare.ts is held to, on two quiet cores. */

/** The largest ratio to the better of PyTorch's times with 1 and 2 threads: of a row, or of all whose names begin so. */
const ratios: Readonly<Record<string, number>> = {
  start: 0.15,
  scalar_chain_200: 0.02,
  scalar_chain_200_tensors: 0.2,
  xor_: 0.12,
  mlp_sgd: 0.75,
  mlp_adam: 0.65,
  mlp512_adam: 0.75,
  lenet5_sgd: 0.8,
  convnet_adam: 1,
  resblocks_sgd: 1,
  lstm_adam: 0.7,
  transformer_adam: 1,
  matmul_: 1.1,
  add_: 1.1,
  exp_: 1.1,
  tanh_: 1.1,
  gelu_: 1.1,
  sum_: 1.1,
  add_1: 0.8,
  add_64: 0.8,
  add_1024: 0.8,
  add_1048576: 1.4,
  add_4194304: 1.4,
  tanh_1048576: 0.6,
  tanh_4194304: 0.6,
  sum_1048576: 1.5,
  sum_4194304: 1.5,
  sum_axis0_: 1.2,
  softmax_: 1.2,
  layernorm_: 1.2,
  transpose_copy_: 1.1,
  conv_: 1.3,
  conv_fwd_64x32_k64_r3: 1.2,
  conv_fwdbwd_64x32_k64_r3: 1.2,
  conv_fwd_3x64_k64_r7: 1.2,
  conv_fwdbwd_3x64_k64_r7: 1.2,
  conv_fwd_128x16_k128_r3: 1.2,
  conv_fwdbwd_128x16_k128_r3: 1.2,
  conv_fwd_256x8_k256_r1: 1.2,
  conv_fwdbwd_256x8_k256_r1: 1.2,
};

/** The largest ratio to PyTorch's time that a row may have, or null. */
export function ratioAim(name: string): number | null {
  if (name in ratios) return ratios[name];
  const prefixes = Object.keys(ratios).filter((prefix) => prefix.endsWith("_") && name.startsWith(prefix));
  return ratios[prefixes.sort((a, b) => b.length - a.length)[0]] ?? null;
}

/** The longest time without BLAS, in microseconds, given that with it; null if there is no aim. */
export function aimWithoutBlas(name: string, us: number): number | null {
  if (name === "matmul_1024") return 30_000;
  return /_(sgd|adam)$/.test(name) ? 3 * us : null;
}
