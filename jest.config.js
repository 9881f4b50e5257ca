/** @type {import('jest').Config} */
export default {
  testEnvironment: "./test/helpers/typed-array-environment.js",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type: "es6" } },
    ],
  },
  // Sources import "./x.js", as Node wants it; under test that file is still x.ts.
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  reporters: ["default", "./test/helpers/skip-reporter.js"],
  testTimeout: 180_000,
};
