import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { ExplainedImage } from "../../src/explain/explain.js";
import { startSummary } from "../../src/explain/explain-summary.js";
import { startExplainPage } from "../../src/explain/page/explain-page.js";
import type { ExplainPlan } from "../../src/explain/plan-explanation.js";
import { seededRandom } from "../../src/tensor/random.js";
import type { SourceToken } from "../../src/vocabulary/source-token.js";
import { describeInChromium, expectAccessible } from "../helpers/chromium.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const HOSTILE = [
  `</script><script>document.title="taken"</script>`,
  `<img src=x onerror="document.title='taken'">`,
  `"&</title><style>*{display:none}`,
];
const WORDS = ["Ġred", "Ġstar", "Ġheart", "▁blue", ...HOSTILE];
const ROWS = 2000;
const token = (string: string): SourceToken => ({ string, kind: "text", roles: [] });
const tokens = Array.from({ length: ROWS }, (_, row) => token(WORDS[row] ?? `Ġtoken${row}`));

interface Made {
  readonly side: number;
  readonly pictures: number;
  readonly views?: number;
  readonly most?: number;
}

/** A page over `side` x `side` patches of 14 pixels: token 0 is in the first patch of every picture, token 1 in picture 2 alone. */
async function makePage(name: string, { side, pictures, views = 1, most }: Made): Promise<string> {
  const random = seededRandom(side);
  const view = (number: number) => ({ name: `adapter-${number}`, tokens, lens: { by: "cosine", top: 5 }, adapter: {} });
  const plan = {
    views: Array.from({ length: views }, (_, i) => view(i)),
    grid: { patchSize: 14, rows: side, columns: side, classToken: false },
    preprocessing: { imageAspectRatio: "pad" },
    ...{ top: 5, contrast: false, identity: {}, warnings: [] },
  } as unknown as ExplainPlan;
  const pixels = side * 14;
  const page = startExplainPage(plan, most === undefined ? {} : { most });
  const summarizer = startSummary(plan);
  for (let number = 0; number < pictures; number += 1) {
    const patches = Array.from({ length: side * side }, (_, patch) => ({
      tokens: [
        {
          row:
            patch === 0
              ? 0
              : number === 1 && patch === 1
                ? 1
                : patch === 2
                  ? 4 + (number % 3)
                  : 7 + Math.floor(random() * (ROWS - 7)),
          weight: 0.9,
        },
        ...Array.from({ length: 4 }, (_, rank) => ({
          row: 7 + Math.floor(random() * (ROWS - 7)),
          weight: 0.8 - 0.15 * rank - 0.1 * random(),
        })),
      ],
      residual: random(),
    }));
    const data = new Uint8Array(pixels * pixels * 3).fill(40 + (number % 200));
    const image = {
      file: number === 0 ? `dir/${HOSTILE[1]}.png` : `dir/picture-${number + 1}.png`,
      ...{ sha256: "", width: 640, height: 480 },
      seen: { width: pixels, height: pixels, data },
      views: plan.views.map(() => ({ patches })),
    } as unknown as ExplainedImage;
    await page.add(image, summarizer.add(image));
  }
  const path = join(root, `${name}.html`);
  writeFileSync(path, await page.finish(summarizer.finish({ toolVersion: "0.0.0-test" })));
  return path;
}

/** The bytes of a page without its pictures, in bytes a picture. */
function bytesAPicture(path: string, pictures: number): number {
  const page = readFileSync(path, "utf8").replaceAll(/src="data:[^"]*"/g, "");
  return page.length / pictures;
}

test("a picture of 24 x 24 patches takes less than 60 kB of the page beside the picture itself, of 27 x 27 too", async () => {
  const [one, other] = [
    await makePage("24", { side: 24, pictures: 6 }),
    await makePage("27", { side: 27, pictures: 6 }),
  ];
  const script = readFileSync(one, "utf8").match(/<script>(.*?)<\/script>/s)![1]!.length;
  expect(bytesAPicture(one, 6) - script / 6).toBeLessThan(60_000);
  expect(bytesAPicture(other, 6) - script / 6).toBeLessThan(60_000);
});

test("pictures beyond the most that a page holds have their tables there alone", async () => {
  const text = readFileSync(await makePage("most", { side: 2, pictures: 5, most: 3 }), "utf8");
  expect([...text.matchAll(/<img /g)]).toHaveLength(3);
  expect([...text.matchAll(/<article>/g)]).toHaveLength(5);
  expect(text).toContain("2 pictures beyond the first 3 are not shown, only their tables.");
});

test("names of tokens and files are text everywhere on the page", async () => {
  const text = readFileSync(await makePage("text", { side: 2, pictures: 2 }), "utf8");
  expect([...text.matchAll(/<script/g)]).toHaveLength(4); // Data, the patches of two pictures, and the script.
  expect([...text.matchAll(/<img /g)]).toHaveLength(2);
  expect(text).toMatch(/script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'/);
  expect(text).not.toMatch(/\son\w+=(?!&quot;|\\)["']/);
});

describeInChromium("the page of explain", (open) => {
  test("shows the tokens of the patch that is pointed at or gone to by keys, in both adapters", async () => {
    const { page, problems } = await open(await makePage("two", { side: 24, pictures: 3, views: 2 }));
    const details = page.locator(".details");
    await page.locator('[data-patch="0"]').first().hover();
    expect(await details.locator("h3").textContent()).toBe("Column 1, row 1");
    expect(await details.locator(".name").allTextContents()).toEqual(expect.arrayContaining(["Ġred"]));
    expect(await details.locator("h4").allTextContents()).toEqual(["adapter-0", "adapter-1"]);
    await page.locator('[data-patch="0"]').first().focus();
    for (const key of ["ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"]) await page.keyboard.press(key);
    expect(await details.locator("h3").textContent()).toBe("Column 1, row 3");
    await page.keyboard.press("End");
    expect(await details.locator("h3").textContent()).toBe("Column 24, row 24");
    expect(await page.evaluate("document.activeElement.dataset.patch")).toBe("575");
    expect(problems).toEqual([]);
  });

  test("lights the patches of a token that is pointed at, and keeps them lit when it is pressed", async () => {
    const { page, problems } = await open(await makePage("lit", { side: 4, pictures: 2 }));
    expect(await page.locator(".heat rect").count()).toBe(0);
    await page.locator('[data-patch="0"]').hover();
    const red = page.locator(".details button.token", { hasText: "Ġred" });
    await red.hover();
    expect(await page.locator('.heat rect[x="0"][y="0"]').count()).toBe(1);
    await red.click();
    await page.locator("h1").hover();
    expect(await page.locator(".heat rect").count()).toBeGreaterThan(0);
    expect(await page.locator(".pinned").textContent()).toContain("Ġred");
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await page.locator(".heat rect").count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test("finds a token over all pictures, and lists only those that show it", async () => {
    const { page, problems } = await open(await makePage("search", { side: 4, pictures: 30 }));
    await page.locator('input[type="search"]').fill("STAR");
    await page.locator(".status", { hasText: /^“STAR” is shown in 1 of 30 pictures$/ }).waitFor();
    expect(await page.locator(".list-row .name").allTextContents()).toEqual(["picture-2.png"]);
    await page.locator(".list-row").click();
    expect(await page.locator(".opened h2").textContent()).toContain("dir/picture-2.png");
    expect(page.url()).toMatch(/#picture=2$/);
    expect(await page.locator(".heat rect").count()).toBe(1);
    await page.locator('input[type="search"]').fill("no such token");
    expect(await page.locator(".gallery").textContent()).toContain("No picture shows it.");
    expect(problems).toEqual([]);
  });

  test("hides the weights below a threshold", async () => {
    const { page } = await open(await makePage("threshold", { side: 4, pictures: 1 }));
    await page.locator('[data-patch="5"]').hover();
    expect(await page.locator(".details li").count()).toBe(5);
    await page.locator('input[type="range"]').fill("0.85");
    expect(await page.locator(".details li").count()).toBe(1);
    expect(await page.locator('label:has(input[type="range"])').textContent()).toBe("Hide weights below 0.85");
  });

  test("labels patches of 27 x 27 once they are large enough to be read", async () => {
    const { page } = await open(await makePage("labels", { side: 27, pictures: 1 }));
    expect(await page.locator('.patch:not([data-label=""])').count()).toBe(0);
    await page.locator("select").selectOption("4");
    await page.locator('.patch:not([data-label=""])').first().waitFor();
    const cell = `document.querySelector('[data-patch="0"]')`;
    const width = await page.evaluate<number>(`${cell}.getBoundingClientRect().width`);
    const size = await page.evaluate<string>(`getComputedStyle(${cell}).fontSize`);
    expect(width).toBeGreaterThan(40);
    expect(Number.parseFloat(size)).toBeGreaterThanOrEqual(11);
  });

  test("goes through 300 pictures of 24 x 24 patches by keys, with few of them drawn at once", async () => {
    const { page, problems } = await open(await makePage("many", { side: 24, pictures: 300 }));
    await page.locator(".status", { hasText: /^300 pictures$/ }).waitFor();
    await page.locator('[role="listbox"]').focus();
    expect(await page.locator(".list-row").count()).toBeLessThan(60);
    const times: number[] = [];
    for (let press = 0; press < 10; press += 1) {
      const began = performance.now();
      await page.keyboard.press("ArrowDown");
      await page.locator(".opened h2", { hasText: `picture-${press + 2}.png` }).waitFor();
      times.push(performance.now() - began);
    }
    expect(times.sort((a, b) => a - b)[5]!).toBeLessThan(500);
    await page.keyboard.press("End");
    expect(await page.locator(".opened h2").textContent()).toContain("picture-300.png");
    await page.locator('input[type="search"]').fill("red");
    expect(await page.locator(".status").textContent()).toBe("“red” is shown in 300 of 300 pictures");
    expect(problems).toEqual([]);
  });

  test("has no serious finding of axe-core, in light and dark, and shows hostile names as text", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, problems } = await open(await makePage("axe", { side: 4, pictures: 3, views: 2 }), { colorScheme });
      await page.locator('[data-patch="2"]').first().hover();
      await expectAccessible(page);
      expect(await page.locator(".details .name").first().textContent()).toBe(WORDS[4]!.replaceAll(" ", "␣"));
      expect(await page.title()).toBe("langbridge explain: adapter-0 and adapter-1");
      expect(await page.locator("main img[onerror], main script, main style").count()).toBe(0);
      expect(problems).toEqual([]);
    }
  });

  test("shows its pictures and tables without JavaScript", async () => {
    const { page } = await open(await makePage("still", { side: 4, pictures: 3 }), { javaScriptEnabled: false });
    expect(await page.locator("article table").count()).toBe(3);
    expect(await page.evaluate<number>(`document.querySelector("article img").naturalWidth`)).toBe(56);
    expect(await page.locator("noscript").textContent()).toContain("JavaScript");
  });
});
