import { expect, test } from "@jest/globals";
import { conversationNamed } from "../../src/prompt/choose-conversation.js";
import { renderConversation } from "../../src/prompt/conversation-styles.js";
import { stopsOf, tokenizePrompt } from "../../src/prompt/tokenize.js";
import { describeWithSharedData } from "../helpers/shared-data.js";
import { encoderOf, flatIds, messagesOf, readGoldens, type PromptGolden } from "./prompt-goldens.js";

const goldens = readGoldens<readonly PromptGolden[]>("conversations.json");

describeWithSharedData("tokenizePrompt", () => {
  test.each(goldens.map((golden) => [golden.tokenizer, golden.conversation, golden.turns, golden] as const))(
    "%s, %s, %j: ids of LLaVA's tokenizer_image_token",
    async (tokenizer, conversation, turns, golden) => {
      const encoder = await encoderOf(tokenizer);
      const prompt = renderConversation(conversationNamed(conversation), messagesOf(turns));
      const ids = flatIds(tokenizePrompt(encoder, prompt));
      // LLaVA-NeXT trains this conversation with one BOS, but its evaluation adds the tokenizer's to the template's.
      const doubled = conversation === "llava_llama_3";
      expect(ids).toEqual(doubled ? golden.ids.slice(1) : golden.ids);
      if (doubled) expect(golden.ids.slice(0, 2)).toEqual([...encoder.front, ...encoder.front]);
    },
  );

  test("what the tokenizer puts in front comes once, always or never, and never after an image", async () => {
    const encoder = await encoderOf("llama3-8b-instruct");
    const front = (text: string, how: "once" | "always" | "never") =>
      tokenizePrompt(encoder, { text, front: how, stop: [] }).map((part) =>
        part === "image" ? part : part.slice(0, 2),
      );
    const [hi] = encoder.encode("hi");
    expect(front("hi<image>hi", "once")).toEqual([[128000, hi], "image", [hi]]);
    expect(front("<|begin_of_text|>hi", "once")).toEqual([[128000, hi]]);
    expect(front("<|begin_of_text|>hi", "always")).toEqual([[128000, 128000]]);
    expect(front("hi", "never")).toEqual([[hi]]);
    expect(front("<image>", "once")).toEqual([[128000], "image", []]);
  });
});

describeWithSharedData("stopsOf", () => {
  test.each([
    ["qwen2.5", "qwen_2", { ids: [151645], texts: [] }],
    ["llama3-8b-instruct", "llama3", { ids: [128009], texts: [] }],
    ["tinyllama", "llava_v1", { ids: [2], texts: [] }],
    ["qwen2.5", "llava_v1", { ids: [], texts: ["</s>"] }],
    ["tinyllama", "plain", { ids: [], texts: ["\n"] }],
  ])("%s ends answers of %s with %j", async (tokenizer, conversation, stops) => {
    const prompt = renderConversation(conversationNamed(conversation), messagesOf(["hi"]));
    expect(stopsOf(await encoderOf(tokenizer), prompt)).toEqual(stops);
  });
});
