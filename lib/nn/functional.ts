/** `nn.functional`, also exported as `F`: the ops of layers under the namespace that PyTorch has them in. */
export * from "../../ops/dropout.ts";
export * from "../../ops/loss.ts";
export { linear } from "../../ops/matmul.ts";
export * from "../../ops/softmax.ts";
