// What both sides of bench/first-token.js are asked, and how they report.
export const THREADS = 2;
export const PROMPT =
  "The picture shows a small red circle in the corner and a big blue star in the middle. Question: What color is the star? Answer:";

/** Prints how long it took to the first token, from the start of the process, and the processor's time up to it, in seconds. */
export function reportFirstToken(token) {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ seconds: performance.now() / 1000, cpuSeconds: (user + system) / 1e6, token }));
}
