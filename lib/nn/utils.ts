/** `nn.utils`: what acts on gradients, and on parameters as a whole. */
export * from "./clip.ts";
export * from "./packed.ts";
/** Sequences of unequal length. */
export * as rnn from "./packed.ts";
export { skipInit } from "./skip_init.ts";
export * from "./spectral_norm.ts";
export * from "./weight_norm.ts";
