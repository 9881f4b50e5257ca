/** The special tokens of a tokenizer class of transformers, for those that its files do not name. */
type ClassTokens = Readonly<Partial<Record<"bos" | "eos" | "unk" | "pad" | "sep" | "cls" | "mask", string>>>;

const SENTENCE_PIECE: ClassTokens = { bos: "<s>", eos: "</s>", unk: "<unk>" };
const ROBERTA: ClassTokens = { ...SENTENCE_PIECE, sep: "</s>", cls: "<s>", pad: "<pad>", mask: "<mask>" };
const END_OF_TEXT = "<|endoftext|>";
const GPT_2: ClassTokens = { bos: END_OF_TEXT, eos: END_OF_TEXT, unk: END_OF_TEXT };
const QWEN_2: ClassTokens = { eos: END_OF_TEXT, unk: END_OF_TEXT, pad: END_OF_TEXT };

/** Of the classes that language models have, as of transformers 5.24; without "Fast" at the end. */
const TOKENS_OF_CLASS: Readonly<Record<string, ClassTokens>> = {
  LlamaTokenizer: SENTENCE_PIECE,
  CodeLlamaTokenizer: SENTENCE_PIECE,
  GemmaTokenizer: { bos: "<bos>", eos: "<eos>", unk: "<unk>", pad: "<pad>", mask: "<mask>" },
  Qwen2Tokenizer: QWEN_2,
  Qwen3_5Tokenizer: QWEN_2,
  GPT2Tokenizer: GPT_2,
  GPTNeoXTokenizer: { ...GPT_2, pad: "<|padding|>" },
  CohereTokenizer: {
    bos: "<BOS_TOKEN>",
    eos: "<|END_OF_TURN_TOKEN|>",
    unk: "<UNK>",
    pad: "<PAD>",
    cls: "<CLS>",
    sep: "<SEP>",
    mask: "<MASK_TOKEN>",
  },
  XGLMTokenizer: { ...SENTENCE_PIECE, sep: "</s>", cls: "<s>", pad: "<pad>" },
  T5Tokenizer: { eos: "</s>", unk: "<unk>", pad: "<pad>" },
  RobertaTokenizer: ROBERTA,
  XLMRobertaTokenizer: ROBERTA,
  BertTokenizer: { unk: "[UNK]", sep: "[SEP]", pad: "[PAD]", cls: "[CLS]", mask: "[MASK]" },
  CLIPTokenizer: { bos: "<|startoftext|>", eos: END_OF_TEXT, unk: END_OF_TEXT, pad: END_OF_TEXT },
};

/** No class of its own: the tokens that the files name and no others. */
const BACKEND = "TokenizersBackend";

/** Which class a model type has, whatever its files say, or where they say nothing; as of transformers 5.24. */
const CLASS_OF_MODEL: Readonly<Record<string, string>> = {
  mistral: BACKEND,
  mixtral: BACKEND,
  phi3: BACKEND,
  granite: BACKEND,
  llava: BACKEND,
  llava_next: BACKEND,
  qwen2: "Qwen2Tokenizer",
  qwen3: "Qwen2Tokenizer",
  gemma: "GemmaTokenizer",
  gemma2: "GemmaTokenizer",
  gemma3: "GemmaTokenizer",
  gemma3_text: "GemmaTokenizer",
  gpt2: "GPT2Tokenizer",
  opt: "GPT2Tokenizer",
  starcoder2: "GPT2Tokenizer",
  gpt_neox: "GPTNeoXTokenizer",
  olmo: "GPTNeoXTokenizer",
  cohere: "CohereTokenizer",
};

/** Model types whose files often name a class that is wrong. */
const CLASS_OF_MODEL_COUNTS: ReadonlySet<string> = new Set(["qwen2"]);

/** The special tokens of the class that AutoTokenizer would take for a folder. */
export function tokensOfClass(
  named: string | undefined,
  modelType: string | undefined,
  isByteLevel: boolean,
): ClassTokens {
  const own = named?.replace(/Fast$/, "");
  const registered =
    modelType !== undefined && Object.hasOwn(CLASS_OF_MODEL, modelType) ? CLASS_OF_MODEL[modelType] : undefined;
  // Llama 3 calls itself a LlamaTokenizer, which Llama 2's alone is.
  if (own === "LlamaTokenizer" && isByteLevel) return {};
  if (registered === BACKEND) return {};
  const chosen = registered !== undefined && CLASS_OF_MODEL_COUNTS.has(modelType!) ? registered : (own ?? registered);
  return chosen !== undefined && Object.hasOwn(TOKENS_OF_CLASS, chosen) ? TOKENS_OF_CLASS[chosen]! : {};
}
