"""What llama.cpp makes of exports of `--format gguf`, through llama-cpp-python. Asked line by line:

    {"model": FILE, "mmproj": FILE, "vectors": N, "tokens": N,
     "questions": [{"image": FILE, "prompt": TEXT with <image>, "choices": [id] or nothing}]}

answers {"vectors": [[...]], "prompts": [[id, ..., -1, ...]], "answers": [...]}: the image's vectors and the prompt's tokens of the first N
questions, an image's being -1 each; and of every question the greedy answer, or which of the choices is the likeliest next token.
{"error": MESSAGE} where loading fails. MTMD_CPP_LIB names the folder of another libmtmd than the package's.
"""

import ctypes
import json
import os
import sys

os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # Else a failed assertion forks and may hang.

import llama_cpp
import numpy as np
from llama_cpp import mtmd_cpp
from PIL import Image

CONTEXT = 2048
# More wait for one another, awake.
THREADS = 1

quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
llama_cpp.llama_log_set(quiet, None)
mtmd_cpp.mtmd_log_set(quiet, None)
mtmd_cpp.mtmd_helper_log_set(quiet, None)
llama_cpp.llama_backend_init()


class Model:
    def __init__(self, model, mmproj):
        self.model = llama_cpp.llama_model_load_from_file(model.encode(), llama_cpp.llama_model_default_params())
        if not self.model:
            raise ValueError(f"llama.cpp cannot load {model}")
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = params.n_batch = CONTEXT
        params.n_threads = params.n_threads_batch = THREADS
        self.context = llama_cpp.llama_init_from_model(self.model, params)
        seeing = mtmd_cpp.mtmd_context_params_default()
        seeing.use_gpu = False
        seeing.n_threads = THREADS
        # Flash attention rounds keys and values to float16.
        seeing.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self.mtmd = mtmd_cpp.mtmd_init_from_file(mmproj.encode(), self.model, seeing)
        if not self.mtmd:
            raise ValueError(f"llama.cpp cannot load {mmproj}")

    def chunks(self, image, prompt):
        """The prompt in pieces of text and images; to be freed."""
        pixels = np.asarray(Image.open(image).convert("RGB"), dtype=np.uint8)  # (height, width, 3)
        height, width, _ = pixels.shape
        buffer = (ctypes.c_uint8 * pixels.size).from_buffer_copy(pixels.tobytes())
        bitmap = mtmd_cpp.mtmd_bitmap_init(width, height, buffer)
        marked = prompt.encode().replace(b"<image>", mtmd_cpp.mtmd_default_marker())
        # BOS in front where the file says so, special tokens parsed.
        text = mtmd_cpp.mtmd_input_text(marked, len(marked), True, True)
        chunks = mtmd_cpp.mtmd_input_chunks_init()
        images = (mtmd_cpp.mtmd_bitmap_p_ctypes * 1)(bitmap)
        code = mtmd_cpp.mtmd_tokenize(self.mtmd, chunks, ctypes.byref(text), images, 1)
        mtmd_cpp.mtmd_bitmap_free(bitmap)
        if code:
            raise ValueError(f"mtmd_tokenize ended with {code} at {prompt!r}")
        return chunks

    def seen(self, chunks):
        """The vectors of the images, one after the other, and the ids with -1 for each vector."""
        vectors, ids = [], []
        width = llama_cpp.llama_model_n_embd(self.model)
        for index in range(mtmd_cpp.mtmd_input_chunks_size(chunks)):
            chunk = mtmd_cpp.mtmd_input_chunks_get(chunks, index)
            if mtmd_cpp.mtmd_input_chunk_get_type(chunk) == mtmd_cpp.MTMD_INPUT_CHUNK_TYPE_TEXT:
                count = ctypes.c_size_t()
                tokens = mtmd_cpp.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(count))
                ids += [tokens[i] for i in range(count.value)]
                continue
            if mtmd_cpp.mtmd_encode_chunk(self.mtmd, chunk):
                raise ValueError("mtmd_encode_chunk failed")
            count = mtmd_cpp.mtmd_input_chunk_get_n_tokens(chunk)
            ids += [-1] * count
            out = mtmd_cpp.mtmd_get_output_embd(self.mtmd)
            vectors += np.ctypeslib.as_array(out, shape=(count * width,)).tolist()
        return vectors, ids

    def answer(self, chunks, tokens, choices):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        past = llama_cpp.llama_pos(0)
        if mtmd_cpp.mtmd_helper_eval_chunks(
            self.mtmd, self.context, chunks, 0, 0, CONTEXT, True, ctypes.byref(past)
        ):
            raise ValueError("mtmd_helper_eval_chunks failed")
        if choices:
            return int(np.argmax(self.logits()[choices]))
        text = b""
        for _ in range(tokens):
            token = int(np.argmax(self.logits()))
            if llama_cpp.llama_vocab_is_eog(self.vocab, token):
                break
            text += self.piece(token)
            if llama_cpp.llama_decode(
                self.context, llama_cpp.llama_batch_get_one((llama_cpp.llama_token * 1)(token), 1)
            ):
                raise ValueError("llama_decode failed")
        return text.decode("utf-8", "replace")

    def logits(self):
        size = llama_cpp.llama_vocab_n_tokens(self.vocab)
        return np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self.context, -1), shape=(size,))

    def piece(self, token):
        buffer = ctypes.create_string_buffer(256)
        length = llama_cpp.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[: max(length, 0)]

    def close(self):
        mtmd_cpp.mtmd_free(self.mtmd)
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)


def ask(question):
    model = Model(question["model"], question["mmproj"])
    vectors, prompts, answers = [], [], []
    for index, asked in enumerate(question["questions"]):
        chunks = model.chunks(asked["image"], asked["prompt"])
        if index < question["vectors"]:
            seen, ids = model.seen(chunks)
            vectors.append(seen)
            prompts.append(ids)
        answers.append(model.answer(chunks, question["tokens"], asked.get("choices")))
        mtmd_cpp.mtmd_input_chunks_free(chunks)
    model.close()
    return {"vectors": vectors, "prompts": prompts, "answers": answers}


for line in sys.stdin:
    try:
        answer = ask(json.loads(line))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
