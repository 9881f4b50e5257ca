import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { readWorldAnswers, WORLD } from "./helpers/small-world.js";
import { temporaryFolder } from "./helpers/temporary-folder.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const root = temporaryFolder();

/** The code block of README.md that imports `name`. */
function example(name: string): string {
  const blocks = readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/```ts\n(.*?)```/gs);
  return [...blocks].map(([, code]) => code!).find((code) => code.includes(`{ ${name} }`))!;
}

describe("README", () => {
  test("the example that asks about an image runs, and gives PyTorch's answers on the small world", () => {
    const [first, second] = readWorldAnswers().filter(
      ({ llm, adapter, image, prompt }) => adapter === `${llm}/anchored` && image === "scene_0000.png" && prompt !== "",
    );
    const replaced: Record<string, string> = {
      langbridge: pathToFileURL(join(ROOT, "dist", "src", "index.js")).href,
      adapter: join(WORLD, "adapters", first!.llm, "anchored"),
      "llama-3-8b": join(WORLD, first!.llm),
      "clip-vit-large-patch14-336": join(WORLD, "vision"),
      cache: join(root, "cache"),
      "photo.jpg": join(WORLD, "images", first!.image),
      "Describe the image.": first!.question,
      "Is there a dog?": second!.question,
    };
    const code = Object.entries(replaced).reduce((text, [from, to]) => {
      expect(text).toContain(JSON.stringify(from));
      return text.replaceAll(JSON.stringify(from), JSON.stringify(to));
    }, example("loadAnswerer"));
    writeFileSync(join(root, "example.mjs"), code);
    const output = execFileSync(process.execPath, [join(root, "example.mjs")], { encoding: "utf8" });
    expect(output.trimEnd().split("\n")).toEqual([first!.answer, second!.answer]);
  });
});
