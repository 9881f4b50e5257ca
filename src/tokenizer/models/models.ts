import type { TokenizerFile } from "../../vocabulary/tokenizer-json.js";
import { bpe } from "./bpe.js";
import type { PieceModel } from "../component.js";
import { unigram } from "./unigram.js";
import { wordLevel } from "./word-level.js";
import { wordPiece } from "./word-piece.js";

const MODELS: Readonly<Record<TokenizerFile["modelType"], (file: TokenizerFile) => PieceModel>> = {
  BPE: bpe,
  Unigram: unigram,
  WordPiece: wordPiece,
  WordLevel: wordLevel,
};

/** The model of a tokenizer.json. */
export const buildModel = (file: TokenizerFile): PieceModel => MODELS[file.modelType](file);
