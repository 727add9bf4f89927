/** Reading and writing files: the names of safetensors, NumPy's formats, and PyTorch's for reading. */
export { type CheckpointParts, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
export type { StoredType } from "./elements.ts";
export type { Path } from "./files.ts";
export type { NamedTensors, Savable, StoreAs } from "./items.ts";
export {
  decode,
  type FileOrBytes,
  type FileSummary,
  inspect,
  load,
  type LoadOptions,
  loadTensor,
  loadTorch,
  type ReadFormat,
} from "./load.ts";
export type { Restorable } from "./record.ts";
export { encode, save, type SaveOptions, type WriteFormat } from "./save.ts";
export type { TorchValue } from "./torch.ts";
