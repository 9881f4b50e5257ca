import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { MAX_LAYERS, MAX_SIZE } from "../../src/model/config-fields.js";
import { readDecoderSpec } from "../../src/model/llm/llm-families.js";
import { readVision } from "../../src/model/vision/vision-families.js";
import { MODELS } from "../helpers/goldens.js";

type Config = Readonly<Record<string, unknown>>;

/** config.json of every small model: all families that run. */
const CONFIGS: readonly (readonly [name: string, config: Config])[] = readdirSync(MODELS).flatMap((name) => {
  const path = join(MODELS, name, "config.json");
  return existsSync(path) ? [[name, JSON.parse(readFileSync(path, "utf8")) as Config] as const] : [];
});
const isTower = (config: Config): boolean => String(config["model_type"]).startsWith("clip");
const read = (config: Config): unknown =>
  isTower(config) ? readVision(config, "folder") : readDecoderSpec(config, "folder");

/** Of a composite, in the part that is the LLM's. */
function withField(config: Config, field: string, value: number): Config {
  const inner = config["text_config"] as Config | undefined;
  return inner === undefined ? { ...config, [field]: value } : { ...config, text_config: { ...inner, [field]: value } };
}

const SIZES = ["hidden_size", "intermediate_size", "num_attention_heads", "num_hidden_layers"];
const FIELDS = {
  llm: [...SIZES, "vocab_size", "num_key_value_heads", "head_dim", "max_position_embeddings"],
  tower: [...SIZES, "image_size", "patch_size"],
};
const BEYOND = [1e8, 2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e300, 0, -1, 0.5, NaN, Infinity];

describe.each(CONFIGS)("config.json of %s", (_name, config) => {
  const fields = isTower(config) ? FIELDS.tower : FIELDS.llm;

  test("is read as it is", () => {
    expect(read(config)).toBeInstanceOf(Object);
  });

  test.each(fields)("with an impossible %s is refused before anything is as long as that", (field) => {
    const most = field === "num_hidden_layers" ? MAX_LAYERS : MAX_SIZE;
    for (const value of [...BEYOND, most + 1]) {
      const reading = (): unknown => read(withField(config, field, value));
      expect(reading).toThrow(InputError);
      expect(reading).toThrow(new RegExp(`^folder/config\\.json: .*${field}|^folder/config\\.json: heads of`));
    }
  });
});
