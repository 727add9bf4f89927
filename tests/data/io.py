"""Files by NumPy and PyTorch with what is in them, for tests/io_test.ts: python3 tests/data/io.py > tests/data/io.json

safetensors files are written by the published layout, their halves by PyTorch.
"""
import base64
import collections
import io
import json
import math
import struct
import sys
import zipfile

import numpy as np
import torch

SPECIAL = {math.inf: "Infinity", -math.inf: "-Infinity"}


def described(x):
    """What dinograd should read: type in the file, shape, values in row-major order."""
    stored = str(x.dtype).replace("torch.", "")
    values = (x.float() if stored == "bfloat16" else x).flatten().tolist()
    return [stored, list(x.shape), ["NaN" if v != v else SPECIAL.get(v, v) for v in values]]


def plain(x):
    """Everything of a checkpoint, tensors described."""
    if isinstance(x, torch.Tensor):
        return described(x)
    if isinstance(x, dict):
        return {str(key): plain(value) for key, value in x.items()}
    return [plain(value) for value in x] if isinstance(x, (list, tuple)) else x


files = {}


def add(name, data, tensors, **more):
    tensors = {key: described(x) for key, x in tensors.items()}
    files[name] = {"bytes": base64.b64encode(data).decode(), "tensors": tensors, **more}


def npy(array, version=None):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version)
    return buffer.getvalue()


values = {
    "f": [0.1, -2.5, 0.0, 65504, 1e-7, math.inf],
    "i": [1, -2, 127, -128, 0, 7],
    "u": [1, 2, 255, 128, 0, 7],
    "b": [True, False, True, True, False, False],
}
for order in "<>":
    for code in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]:
        x = np.array(values[code[0]]).astype(order + code).reshape(2, 3)
        add(f"{order}{code}.npy", npy(x), {"arr_0": x.astype(x.dtype.newbyteorder("="))})
matrix = np.arange(6, dtype="<f4").reshape(2, 3)
for version in [(1, 0), (2, 0), (3, 0)]:
    add(f"version{version[0]}.npy", npy(matrix, version), {"arr_0": matrix})
add("fortran.npy", npy(np.asfortranarray(matrix)), {"arr_0": matrix})
add("scalar.npy", npy(np.array(5, "<i4")), {"arr_0": np.array(5, "<i4")})
add("empty.npy", npy(np.zeros((0, 3))), {"arr_0": np.zeros((0, 3))})

arrays = {"weight": matrix, "größe": np.arange(-2, 3), "mask": np.array([True, False])}
for name, write in {"stored": np.savez, "deflated": np.savez_compressed}.items():
    buffer = io.BytesIO()
    write(buffer, **arrays)
    add(f"{name}.npz", buffer.getvalue(), arrays)
buffer, limits = io.BytesIO(), (zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT)
zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 10, 1  # as if the file were beyond 4 GiB
np.savez(buffer, **arrays)
zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits
add("zip64.npz", buffer.getvalue(), arrays)
buffer = io.BytesIO()
np.savez(buffer)
add("nothing.npz", buffer.getvalue(), {})


def safetensors(tensors, metadata=None):
    codes = {
        **{torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"},
        **{torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8"},
        torch.bool: "BOOL",
    }
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, x in tensors.items():
        raw = bytes(x.contiguous().flatten().view(torch.uint8).tolist()) if x.dtype != torch.bool else bytes(x.flatten().tolist())
        header[name] = {
            "dtype": codes[x.dtype],
            "shape": list(x.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


real, whole = torch.tensor(values["f"]).reshape(2, 3), torch.tensor(values["i"])
tensors = {
    **{str(t)[6:]: real.to(t) for t in [torch.float64, torch.float32, torch.float16, torch.bfloat16]},
    **{str(t)[6:]: whole.to(t) for t in [torch.int64, torch.int32, torch.int16, torch.int8]},
    **{"uint8": torch.tensor(values["u"]).to(torch.uint8), "bool": torch.tensor(values["b"])},
    **{"__proto__": torch.tensor(3.5), "none": torch.zeros(0, 2)},
}
metadata = {"format": "pt", "note": "größer"}
add("all.safetensors", safetensors(tensors, metadata), tensors, metadata=metadata)


def pt(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
state = model.state_dict()
add("state.pt", pt(state), state)
add("protocol4.pt", pt(state, pickle_protocol=4), state)
del tensors["__proto__"]
base = torch.arange(12.0).reshape(3, 4)
mixed = collections.OrderedDict(
    tensors,
    transposed=base.T,
    sliced=base[1:, ::2],
    expanded=torch.tensor([1.0, 2.0]).expand(3, 2),
    parameter=torch.nn.Parameter(torch.ones(2)),
)
add("mixed.pt", pt(mixed), {name: x.detach() for name, x in mixed.items()})
add("tensor.pt", pt(base), {"arr_0": base})
optimizer = torch.optim.Adam(model.parameters(), 0.25)
model(torch.ones(4, 3)).sum().backward()
optimizer.step()
checkpoint = {
    "epoch": 3,
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "loss": [0.5, None, True, -1, 300, 70000, 2**40, 2**70, "größe"],
    "shape": torch.Size([2, 3]),
}
named = {"model." + name: x for name, x in model.state_dict().items()}
for i, moments in optimizer.state_dict()["state"].items():
    named.update({f"optimizer.state.{i}.{name}": x for name, x in moments.items()})
value = plain(checkpoint)
value["loss"][7] = str(value["loss"][7])  # JSON's numbers are not exact
add("checkpoint.pt", pt(checkpoint), named, value=value)
add("old.pth", pt(state, _use_new_zipfile_serialization=False), {})


class Evil:
    def __reduce__(self):
        return exec, ("open('/tmp/executed', 'w')",)


add("evil.pt", pt({"weight": base, "evil": Evil()}), {})
add("module.pt", pt(model), {})
add("objects.npy", npy(np.array([1, "a"], object)), {})
add("structured.npy", npy(np.zeros(2, [("x", "<f4"), ("y", "<i4")])), {})
add("complex.npy", npy(np.zeros(2, "<c8")), {})
add("text.npy", npy(np.array(["ab"])), {})
add("large.npy", npy(np.array([1, 3_000_000_000])), {})

lines = (f"{json.dumps(name)}: {json.dumps(file, ensure_ascii=False, allow_nan=False)}" for name, file in files.items())
sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")
