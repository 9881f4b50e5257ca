import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { loadPromptFormat } from "../../src/prompt/prompt-format.js";
import { tokenizePrompt } from "../../src/prompt/tokenize.js";
import { describeWithSharedData } from "../helpers/shared-data.js";
import { encoderOf, flatIds, messagesOf, readGoldens, tokenizerFolder, type PromptGolden } from "./prompt-goldens.js";

const goldens = readGoldens<readonly Omit<PromptGolden, "conversation">[]>("chat-templates.json");

describeWithSharedData("chat templates of real tokenizers", () => {
  test.each(goldens.map((golden) => [golden.tokenizer, golden.turns, golden] as const))(
    "%s writes %j as transformers does, and its ids are transformers' pieces",
    async (tokenizer, turns, golden) => {
      const format = await loadPromptFormat({ folder: tokenizerFolder(tokenizer) });
      const prompt = format.write(messagesOf(turns));
      expect([format.name, prompt.text]).toEqual(["chat template", golden.text]);
      expect(flatIds(tokenizePrompt(await encoderOf(tokenizer), prompt))).toEqual(golden.ids);
    },
  );
});

describe("loadPromptFormat", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "langbridge-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const config = (json: unknown): void => writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(json));
  const write = async (): Promise<string> => (await loadPromptFormat({ folder })).write(messagesOf(["hi"])).text;

  test("a name wins over a LLaVA folder, and that wins over the chat template", async () => {
    config({ chat_template: "template" });
    const llava = { name: "run", modelType: "llava_qwen" };
    expect((await loadPromptFormat({ folder, conversation: "plain", llava })).name).toBe("plain");
    expect((await loadPromptFormat({ folder, llava })).name).toBe("qwen_2");
    expect((await loadPromptFormat({ folder })).name).toBe("chat template");
  });

  test("of named templates the default is taken, and chat_template.jinja wins over all", async () => {
    config({
      bos_token: { content: "<s>" },
      chat_template: [
        { name: "tool_use", template: "no" },
        { name: "default", template: "{{ bos_token }}{{ messages[0]['content'] }}" },
      ],
    });
    expect(await write()).toBe("<s>hi");
    writeFileSync(join(folder, "chat_template.jinja"), "file {{ messages[0]['content'] }}{{ pad_token }}");
    expect(await write()).toBe("file hi");
  });

  test("a template has the special tokens of special_tokens_map.json, and those of the tokenizer's class", async () => {
    const chat_template = "{{ bos_token }}{{ messages[0]['content'] }}{{ eos_token }}";
    config({ chat_template });
    writeFileSync(join(folder, "special_tokens_map.json"), JSON.stringify({ bos_token: "<b>" }));
    expect(await write()).toBe("<b>hi");
    config({ chat_template, tokenizer_class: "LlamaTokenizer" });
    expect(await write()).toBe("<b>hi</s>");
  });

  test("a template that writes the date gets the same one every day", async () => {
    config({ chat_template: "{{ strftime_now('%d %b %Y') }}{% for i in range(1, 3) %} {{ i }}{% endfor %}" });
    expect(await write()).toBe("26 Jul 2024 1 2");
  });

  test("a template sees that there are no tools and documents", async () => {
    config({
      chat_template: "{% if tools is not none or documents is not none %}TOOLS{% endif %}{{ messages[0].content }}",
    });
    expect(await write()).toBe("hi");
  });

  test("a processor's template gets images apart from text, and its own BOS stays the tokenizer's", async () => {
    const source =
      "{% for part in messages[0]['content'] %}{% if part['type'] == 'image' %}[IMG]{% else %}{{ part['text'] }}{% endif %}{% endfor %}";
    writeFileSync(join(folder, "chat_template.json"), JSON.stringify({ chat_template: source }));
    const llava = { name: "model", modelType: "llama" };
    const format = await loadPromptFormat({ folder, llava, ownTemplate: true });
    expect(format.write(messagesOf(["<image>\nhi\nthere"]))).toEqual({
      text: "[IMG]hi\nthere",
      front: "once",
      stop: [],
    });
    expect((await loadPromptFormat({ folder, llava })).name).toBe("llava_v1");
  });

  test("a processor without a template, or with one for text alone, still has a prompt", async () => {
    const llava = { name: "model", modelType: "llama" };
    expect((await loadPromptFormat({ folder, llava, ownTemplate: true })).name).toBe("llava_v1");
    config({ chat_template: "{{ messages[0]['content'] + '!' }}" });
    const format = await loadPromptFormat({ folder, llava, ownTemplate: true });
    expect(format.write(messagesOf(["<image>\nhi"])).text).toBe("<image>\nhi!");
  });

  test("a folder without a template says what to name instead", async () => {
    await expect(write()).rejects.toThrow(/the tokenizer has no chat template; name the conversation .*llava_v1/);
  });

  test.each([
    ["{{ raise_exception('system first') }}", /tokenizer_config\.json: the chat template .*: system first; name a/],
    ["{% for x in %}", /tokenizer_config\.json: the chat template cannot be used: /],
    [[{ name: "rag", template: "x" }], /"chat_template" has no template named "default", only "rag"/],
    [7, /tokenizer_config\.json: "chat_template": /],
  ])("the template %j is refused with its reason", async (template, message) => {
    config({ chat_template: template });
    await expect(write()).rejects.toThrow(message);
  });
});
