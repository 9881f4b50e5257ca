import { resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { moveVisionTower } from "../../src/adapter/tower-path.js";

test.each([
  ["../../vision", "world/adapters/a", "moved", "../world/vision"],
  ["./vision", "a", "a/out", "../vision"],
  ["../vision", "a", ".", "./vision"],
  ["..", "a/b", "a/c", ".."],
])("%s, seen from %s, is from %s %s", (tower, from, to, expected) => {
  expect(moveVisionTower(tower, { from: resolve(from), to: resolve(to) })).toBe(expected);
});

test.each(["openai/clip-vit-large-patch14-336", "/models/clip", ".hidden/clip"])("%s stays as it is", (tower) => {
  expect(moveVisionTower(tower, { from: "/one", to: "/two/three" })).toBe(tower);
});
