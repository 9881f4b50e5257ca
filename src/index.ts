export { describeChangedRows } from "./adapter/changed-rows.js";
export { loadAdapter, type Adapter } from "./adapter/load.js";
export { evaluateAnswers } from "./benchmark/compare/evaluate.js";
export { readSystem } from "./benchmark/compare/find-results.js";
export { compareSystems, tableOfResults, type ResultsTable, type System } from "./benchmark/compare/results-table.js";
export {
  evaluateSuite,
  type EvaluateSuiteOptions,
  type SuiteOutcome,
  type SuiteRun,
} from "./benchmark/run/evaluate-suite.js";
export { readRuns } from "./benchmark/run/runs-file.js";
export { evaluateModel, type EvaluateModelOptions, type ShardReport } from "./benchmark/run/evaluate-model.js";
export { mergeRuns } from "./benchmark/run/merge.js";
export type { Results } from "./benchmark/scoring/results.js";
export { BENCHMARKS } from "./benchmark/tasks/benchmarks.js";
export { openFeatureFile, readFeatures, type FeatureFile } from "./checkpoint/feature-file.js";
export { openCheckpoint, type Checkpoint } from "./checkpoint/checkpoint.js";
export { readSafetensors } from "./checkpoint/safetensors/read.js";
export { writeSafetensors } from "./checkpoint/safetensors/write.js";
export { diagnose, type Diagnosis } from "./doctor/diagnose.js";
export { InputError, InterruptedError, LangbridgeError, UnavailableError } from "./errors.js";
export { writeExplanation, type WriteExplanationOptions } from "./explain/explain-folder.js";
export {
  explainFeatures,
  explainImages,
  type ExplainedEntry,
  type ExplainedImage,
  type ExplainExecution,
  type SeenPatches,
} from "./explain/explain.js";
export { findFolder, type FindFolderOptions } from "./hub/find-folder.js";
export { LENSES, type LensName } from "./explain/lens.js";
export type { PatchToken, PatchTokens } from "./explain/patch-tokens.js";
export {
  planExplanation,
  planFeatureExplanation,
  type ExplainFeaturesOptions,
  type ExplainFeaturesPlan,
  type ExplainOptions,
  type ExplainPlan,
} from "./explain/plan-explanation.js";
export type { ExplainSummary } from "./explain/explain-summary.js";
export { exportAdapter, type ExportOptions } from "./export/export.js";
export type { ExportReport } from "./export/format.js";
export { EXPORT_FORMATS, type FormatName } from "./export/formats.js";
export { decodeImage } from "./image/decode.js";
export type { ImageProcessor } from "./image/image-processor.js";
export { blankPixelValues, preprocessFile, type PixelValues } from "./image/preprocess.js";
export { compareFolders, inspect, inspectFolder, type Inspection } from "./inspect/inspect.js";
export type { Overlap } from "./inspect/overlap.js";
export type { ProjectorWeights } from "./model/projector/projector-graph.js";
export { loadImageProcessor } from "./model/vision/image-processors.js";
export type { Progress, ProgressStep } from "./progress.js";
export { loadPromptFormat, type PromptFormat } from "./prompt/prompt-format.js";
export type { Message, Prompt } from "./prompt/prompt.js";
export { questionAboutImage } from "./prompt/question.js";
export { stopStrings } from "./prompt/stop-strings.js";
export { stopsOf, tokenizePrompt, type Segment } from "./prompt/tokenize.js";
export { clearCache, listCache, type CachedFile, type CacheListing } from "./runtime/parts/cache-files.js";
export { PRECISIONS } from "./runtime/devices/precision.js";
export type { Prefix } from "./runtime/parts/kept-states.js";
export type { Sampling } from "./runtime/parts/sampling.js";
export type { Generated, GenerateOptions, LanguageModel } from "./runtime/parts/language-model.js";
export { loadModel, type LoadModelOptions, type Model } from "./runtime/parts/load-model.js";
export { projectorWeights } from "./runtime/parts/projector-weights.js";
export { DEVICES, type DeviceKind } from "./runtime/sessions/device.js";
export { startServer, type RunningServer, type ServedRequest, type StartServerOptions } from "./serve/start-server.js";
export type { Dtype, FloatDtype } from "./tensor/dtype.js";
export { concatRows } from "./tensor/float-arrays.js";
export type { CheckpointTensor, TensorInfo } from "./tensor/tensor-info.js";
export { loadEncoder, type Encoder } from "./tokenizer/encoder.js";
export { ALIGN_METHODS, type AlignName } from "./transfer/align/methods.js";
export { planSummary, type PlanSummary } from "./transfer/plan/plan-summary.js";
export {
  MISSING_STRATEGIES,
  planTransfer,
  type MissingStrategy,
  type TransferPlan,
  type TransferPlanOptions,
} from "./transfer/plan/plan-transfer.js";
export { distilTransfer, type DistilOptions, type DistilReport } from "./transfer/distil/distil-transfer.js";
export type { TransferReport } from "./transfer/report/report.js";
export { executeTransfer, type TransferOptions } from "./transfer/transfer.js";
export type { Reply } from "./vlm/chat-model.js";
export type { Answerer, AnswerOptions, GivenAnswer, ImageContext } from "./vlm/answerer.js";
export { openEndpoint, type EndpointOptions } from "./vlm/endpoint-answerer.js";
export type { TunedModel } from "./vlm/llava-source.js";
export {
  loadAnswerer,
  loadFeatureAnswerer,
  type LoadAnswererOptions,
  type LoadedAnswerer,
} from "./vlm/load-answerer.js";
export type { AdapterModel, FeatureModel } from "./vlm/model-source.js";
export {
  loadVlm,
  Vlm,
  type AskOptions,
  type ImageInput,
  type LoadVlmOptions,
  type VlmImage,
  type VlmMessage,
  type VlmParts,
} from "./vlm/vlm.js";
export { tokensOfList } from "./vocabulary/list-tokens.js";
export { matchTokens } from "./vocabulary/match.js";
export { readTokenizer } from "./vocabulary/read-tokenizer.js";
export type { RowMatch } from "./vocabulary/row-match.js";
export { tokensOfVocabulary, type SourceToken } from "./vocabulary/source-token.js";
export { readTokenList, type TokenList } from "./vocabulary/token-list.js";
export { makeVocabulary, type MadeVocabulary, type MakeVocabularyOptions } from "./ranking/make-vocabulary.js";
export type { TokenizerVocabulary } from "./vocabulary/token.js";
