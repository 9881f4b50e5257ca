import { describe, expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { chooseConversation, conversationNamed } from "../../src/prompt/choose-conversation.js";
import { renderConversation } from "../../src/prompt/conversation-styles.js";
import { CONVERSATION_NAMES } from "../../src/prompt/conversations.js";
import { messagesOf, readGoldens, type PromptGolden } from "./prompt-goldens.js";

const goldens = readGoldens<readonly PromptGolden[]>("conversations.json");
const texts = new Map(goldens.map((golden) => [`${golden.conversation}\n${golden.text}`, golden]));

describe("renderConversation", () => {
  test.each([...texts.values()].map((golden) => [golden.conversation, golden.turns, golden.text] as const))(
    "%s writes %j as LLaVA does",
    (name, turns, text) => {
      expect(renderConversation(conversationNamed(name), messagesOf(turns)).text).toBe(text);
    },
  );

  test("none writes a prompt as it stands, with the tokenizer's BOS, and ends at a line break", () => {
    const prompt = renderConversation(conversationNamed("none"), messagesOf(["Shown: <image>\nA:"]));
    expect(prompt).toEqual({ text: "Shown: <image>\nA:", front: "once", stop: ["\n"] });
  });

  test("every conversation of LLaVA has a golden, and all have a stop text", () => {
    const ofLlava = CONVERSATION_NAMES.filter((name) => name !== "none");
    expect([...new Set(goldens.map(({ conversation }) => conversation))].sort()).toEqual([...ofLlava].sort());
    const stops = CONVERSATION_NAMES.map((name) => renderConversation(conversationNamed(name), []).stop.join(""));
    expect(stops).not.toContain("");
  });
});

describe("a system message", () => {
  test.each(CONVERSATION_NAMES.filter((name) => !["plain", "none", "mistral_instruct"].includes(name)))(
    "takes the place of the words of %s and of nothing else",
    (name) => {
      const conversation = conversationNamed(name);
      const own = renderConversation(conversation, messagesOf(["hi"])).text;
      const told = renderConversation(conversation, [
        { role: "system", text: "Be brief." },
        ...messagesOf(["hi"]),
      ]).text;
      expect(own).toContain(conversation.system);
      expect(told).toBe(own.replace(conversation.system, "Be brief."));
    },
  );

  test("is written as Llama 2 does where a conversation has none of its own", () => {
    const told = renderConversation(conversationNamed("mistral_instruct"), [
      { role: "system", text: "Be brief." },
      ...messagesOf(["hi"]),
    ]);
    expect(told.text).toBe("[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nhi [/INST]");
  });

  test("is refused where there is no place for it", () => {
    expect(() => renderConversation(conversationNamed("plain"), [{ role: "system", text: "x" }])).toThrow(
      /^conversation "plain" has no place for a system message/,
    );
  });
});

describe("conversationNamed", () => {
  test("LLaVA's other names lead to the same conversation", () => {
    expect(conversationNamed("qwen_1_5")).toBe(conversationNamed("qwen_2"));
  });

  test("an unknown name is refused with all names", () => {
    expect(() => conversationNamed("llava_v2")).toThrow(InputError);
    expect(() => conversationNamed("llava_v2")).toThrow(
      /^conversation "llava_v2" is not known; expected one of llava_v1, .*plain, none$/,
    );
  });
});

describe("chooseConversation", () => {
  test.each([
    [{ name: "llava-v1.5-7b", modelType: "llava_llama", vocabSize: 32000 }, "llava_v1"],
    [{ name: "my-run", modelType: "llava_qwen", vocabSize: 151936 }, "qwen_2"],
    [{ name: "Qwen2-7B-finetune_vocab", modelType: "llava_llama" }, "qwen_2"],
    [{ name: "llama3_8b_it_vocab", modelType: "llava_llama", vocabSize: 128257, projectorType: "mm_vocab" }, "llama3"],
    [{ name: "llama3-llava-next-8b", modelType: "llava_llama", vocabSize: 128256 }, "llava_llama_3"],
    [{ name: "run-7", modelType: "llava_llama", vocabSize: 128256, projectorType: "mm_vocab" }, "llama3"],
    [{ name: "llava-llama-2-13b-chat", modelType: "llava_llama", vocabSize: 32000 }, "llava_llama_2"],
    [{ name: "llava-v1.6-mistral-7b", modelType: "llava_mistral", vocabSize: 32000 }, "mistral_instruct"],
    [{ name: "llava-v1.6-34b", modelType: "llava_llama", vocabSize: 64000 }, "chatml_direct"],
    [{ name: "anything", modelType: "llava_llama" }, "llava_v1"],
  ])("%j speaks %s", (folder, name) => {
    expect(chooseConversation(folder).name).toBe(name);
  });
});
