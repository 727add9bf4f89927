/** Where we knowingly differ from PyTorch's tables, and why; a key may end in " in float32". A test holds the rest. */
export const known: Readonly<Record<string, string>> = {};
