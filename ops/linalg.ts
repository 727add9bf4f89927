/** `linalg`: a list of ops under the namespace that PyTorch has them in. */
export { matmul } from "./matmul.ts";
