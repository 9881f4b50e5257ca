import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

/** Where systems put Chromium; LANGBRIDGE_CHROMIUM names another place. */
const PLACES = [
  process.env["LANGBRIDGE_CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const executablePath = PLACES.find((path) => path !== undefined && existsSync(path));

/** A page in Chromium, and everything that went wrong in it. */
export interface OpenedPage {
  readonly page: Page;
  /** Errors, warnings of the console, and requests for anything but the page itself. */
  readonly problems: readonly string[];
}

export type OpenPage = (path: string, options?: BrowserContextOptions) => Promise<OpenedPage>;

/**
 * Tests in the system's Chromium. They skip by name where there is none; with LANGBRIDGE_REQUIRE_CHROMIUM=1 one of them fails there, so
 * that a pipeline cannot pass without them.
 */
export function describeInChromium(name: string, tests: (open: OpenPage) => void): void {
  if (executablePath === undefined && process.env["LANGBRIDGE_REQUIRE_CHROMIUM"] === "1") {
    test(`${name}: needs Chromium`, () => {
      throw new Error(`no Chromium in ${PLACES.join(", ")}; install it, or name it in LANGBRIDGE_CHROMIUM`);
    });
    return;
  }
  (executablePath === undefined ? describe.skip : describe)(`${name} in Chromium`, () => {
    let browser: Browser;
    beforeAll(async () => {
      // The sandbox of Chromium does not start for root, as pipelines run.
      browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox"] });
    });
    afterAll(() => browser?.close());
    tests(async (path, options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const page = await context.newPage();
      const problems: string[] = [];
      const address = pathToFileURL(path).href;
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`);
      });
      page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
      page.on("request", (request) => {
        if (request.url() !== address && !request.url().startsWith("data:")) problems.push(`request: ${request.url()}`);
      });
      await page.goto(address);
      if (options.javaScriptEnabled !== false) await page.waitForSelector("body.started");
      return { page, problems };
    });
  });
}

/** The source of axe-core, which is run in pages from outside, since their policy lets no other script in. */
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** Expects that axe-core finds nothing serious or critical in the page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(readFileSync(AXE, "utf8"));
  const { violations } = await page.evaluate<AxeResult>("axe.run()");
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(
    serious.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html)
          .slice(0, 3)
          .join(" ")}`,
    ),
  ).toEqual([]);
}
