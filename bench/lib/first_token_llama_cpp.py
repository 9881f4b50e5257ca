"""The same with llama.cpp, by the package llama-cpp-python:

    python first_token_llama_cpp.py LLM PROMPT THREADS MILLISECONDS

The last is when the process was started, since 1970.
"""

import json
import os
import sys
import time

from llama_cpp import Llama

model, prompt, threads, started = sys.argv[1:]
llm = Llama(model, n_ctx=4096, n_threads=int(threads), n_threads_batch=int(threads), verbose=False)
answer = llm.create_completion(prompt, max_tokens=1, temperature=0)
seconds = time.time() - int(started) / 1000
used = os.times()
report = {"seconds": seconds, "cpuSeconds": used.user + used.system, "token": answer["choices"][0]["text"]}
print(json.dumps(report, separators=(",", ":")))
