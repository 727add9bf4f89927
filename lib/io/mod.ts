/** Reading and writing files. */
export { decode, encode, load, type NamedTensors, save } from "./safetensors.ts";
