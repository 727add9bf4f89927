"""Evaluates op cases in PyTorch (float64) and writes values and gradients, a file for each family of ops.

    deno task goldens [FAMILY ...]
"""
import json, os, re, subprocess, sys, warnings
import torch

warnings.filterwarnings("ignore")
DTYPES = {"float32": torch.float32, "float64": torch.float64, "int32": torch.int64, "uint8": torch.uint8, "bool": torch.bool}

NAMES = {**{v: k for k, v in DTYPES.items()}, torch.int32: "int32"}


def snake(name):
    name = re.sub(r"(?<=[a-z0-9])([A-Z])", lambda m: "_" + m.group(1).lower(), name)
    return re.sub(r"^(atleast)(\d)d$", r"\1_\2d", name)


def argument(value):
    """An argument as PyTorch spells it: dtypes by name, what JSON has no number for by JavaScript's, the rest as it is."""
    if value in ("Infinity", "-Infinity", "NaN"):
        return float(value)
    return DTYPES[value] if isinstance(value, str) and value in DTYPES else value


def index(items):
    """The indices that JSON stands for: a slice is {"slice": [start, stop, step]}."""
    def one(item):
        if isinstance(item, dict):
            return slice(*item["slice"])
        if item == "...":
            return Ellipsis
        return torch.tensor(item) if isinstance(item, list) else item
    return tuple(one(item) for item in items)


def put(x, where, value, accumulate=False):
    if not accumulate:
        x[where] = value
        return x
    return x.index_put_(where, value, accumulate=True)


def seeded(seed, f):
    torch.manual_seed(seed)
    return f()


def function(name):
    if "." in name:
        place, name = name.split(".")
        return getattr(getattr(torch, place), name)
    if name.endswith("_"):
        return lambda x, *rest, **kw: getattr(x.clone(), name)(*rest, **kw)
    for place in (torch, torch.Tensor, torch.nn.functional, torch.special):
        if hasattr(place, name):
            return getattr(place, name)
    raise NameError(f"PyTorch has no {name}: give the case an expression")


def tensors(y):
    if isinstance(y, torch.Tensor):
        return [y]
    return [t for part in y for t in tensors(part)] if isinstance(y, (tuple, list)) else []


def written(x):
    if x.dtype == torch.bool:
        x = x.int()
    if not x.dtype.is_floating_point:
        return x.reshape(-1).tolist()
    return ["nan" if v != v else "inf" if v == float("inf") else "-inf" if v == -float("inf") else
            int(v) if v == int(v) and abs(v) < 1e15 and str(v) != "-0.0" else v for v in x.detach().reshape(-1).tolist()]


def evaluate(row):
    x = []
    for i in row["inputs"]:
        t = torch.tensor([float(v) for v in i["values"]], dtype=torch.float64).to(DTYPES[i["dtype"]]).reshape(i["shape"])
        x.append(t.requires_grad_() if i["takes"] else t)
    args = [argument(a) for a in row["args"]]
    kw = {snake(k): argument(v) for k, v in args.pop().items()} if args and isinstance(args[-1], dict) else {}
    scope = {"torch": torch, "x": x, "args": args, "kw": kw, "index": index, "put": put, "seeded": seeded, **dict(zip("abcdef", x))}
    y = tensors(eval(row["torch"], scope) if row["torch"] else function(snake(row["op"]))(*x, *args, **kw))
    recorded = [t for t in y if t.requires_grad]
    weights = [torch.arange(1., t.numel() + 1, dtype=t.dtype).reshape(t.shape) for t in recorded]
    leaves = [t for t in x if t.requires_grad]
    g = torch.autograd.grad(recorded, leaves, weights, allow_unused=True) if recorded else []
    return {
        "y": [{"shape": list(t.shape), "dtype": NAMES[t.dtype], "values": written(t)} for t in y],
        "g": [None if t is None else written(t) for t in g],
    }


def promotions():
    """The dtype of each operation on two operands of every type: with dimensions, 0-d, or a number."""
    kinds = [f"{dtype} {rank}" for dtype in DTYPES for rank in (1, 0)]
    table = {}
    for name in ("add", "mul", "div", "pow", "eq", "maximum"):
        for a in kinds:
            for b in kinds + ["1", "1.5"]:
                def make(kind):
                    dtype, _, rank = kind.partition(" ")
                    return torch.ones([2] if rank == "1" else [], dtype=DTYPES[dtype]) if rank else float(dtype) if "." in dtype else int(dtype)
                try:
                    table[f"{name} | {a} | {b}"] = NAMES[getattr(torch, name)(make(a), make(b)).dtype]
                except (RuntimeError, TypeError):
                    pass  # PyTorch refuses these
    return table


def main(families):
    folder = os.path.dirname(os.path.abspath(__file__))
    dump = ["deno", "run", "--allow-read", "--allow-env", os.path.join(folder, "dump.ts"), *families]
    goldens, methods, failed = {}, {}, 0
    for line in subprocess.run(dump, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        row = json.loads(line)
        rows = goldens.setdefault(row["family"], {})
        named = methods.setdefault(row["family"], set())
        if row["inputs"] and hasattr(torch.Tensor, snake(row["op"])):
            named.add(row["op"])
        try:
            rows[f'{row["op"]} {row["title"]}'] = {"stamp": row["stamp"], **evaluate(row)}
        except Exception as error:
            failed += 1
            print(f'{row["op"]} {row["title"]}: {type(error).__name__}: {error}', file=sys.stderr)
    for family, rows in goldens.items():
        lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in rows.items())
        with open(os.path.join(folder, f"{family}.json"), "w") as file:
            file.write(f'{{"torch": "{torch.__version__}", "methods": {json.dumps(sorted(methods[family]))},\n"cases": {{\n{lines}\n}}}}\n')
    with open(os.path.join(folder, "promotions.json"), "w") as file:
        file.write(json.dumps(promotions(), indent=2) + "\n")
    print(f"{sum(map(len, goldens.values()))} goldens from PyTorch {torch.__version__}, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
