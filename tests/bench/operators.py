#!/usr/bin/python3
"""PyTorch's side of operators.ts: reads one call a line as JSON, prints its time in microseconds likewise: the shortest, of 1
or 2 threads, whichever is better.

    /usr/bin/python3 operators.py SECONDS
"""
import json, os, sys, time, warnings
import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "goldens"))
from make import DTYPES, argument, function, index, put, seeded, snake

warnings.filterwarnings("ignore")
SECONDS = float(sys.argv[1])


def draw(spec, seed):
    """The numbers that operators.ts draws."""
    h = np.arange(1, int(np.prod(spec["shape"])) + 1, dtype=np.uint32) + np.uint32(seed * 0x10001)
    h = h * np.uint32(0x9e3779b1)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x85ebca77)
    value = spec["from"] + (h ^ (h >> np.uint32(13))) / 2.0 ** 32 * (spec["to"] - spec["from"])
    dtype = DTYPES[spec["dtype"]]
    x = torch.from_numpy(value if dtype.is_floating_point else np.floor(value))
    if spec.get("sorted"):
        x = x.sort()[0]
    return x.to(dtype).reshape(spec["shape"])


def shortest(call):
    def run(n):
        start = time.perf_counter()
        for _ in range(n):
            call()
        return (time.perf_counter() - start) / n
    took = min(run(1), run(1))
    n = max(1, min(1000, int(SECONDS / 10 / took)))
    times, end = [], time.perf_counter() + SECONDS
    while len(times) < 3 or time.perf_counter() < end:
        times.append(run(n))
    return min(times) * 1e6


def measure(request):
    x = [draw(spec, i) for i, spec in enumerate(request["inputs"])]
    args = [argument(a) for a in request["args"]]
    kw = {snake(k): argument(v) for k, v in args.pop().items()} if args and isinstance(args[-1], dict) else {}
    if request["torch"]:
        scope = {"torch": torch, "x": x, "args": args, "kw": kw, "index": index, "put": put, "seeded": seeded, **dict(zip("abcdef", x))}
        code = compile(request["torch"], request["name"], "eval")
        # some expressions take from args and kw what they have used
        call = lambda: eval(code, {**scope, "args": list(args), "kw": dict(kw)})
    else:
        f = function(snake(request["name"]))
        call = lambda: f(*x, *args, **kw)
    best = float("inf")
    for threads in (1, 2):
        torch.set_num_threads(threads)
        best = min(best, shortest(call))
    return best


for line in sys.stdin:
    try:
        answer = {"us": measure(json.loads(line))}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
