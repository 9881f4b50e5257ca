import type { JudgedAnswer } from "../../src/benchmark/report/questions-data.js";

/** How the benchmark's rules judge an answer, in a word; a score between is the share of people who gave the answer. */
export function judgement({
  text,
  score,
}: JudgedAnswer): "right" | "wrong" | "partly right" | "not scored" | "no answer" {
  if (text === null) return "no answer";
  if (score === null) return "not scored";
  return score >= 1 ? "right" : score <= 0 ? "wrong" : "partly right";
}

const CLASSES = {
  right: "right-answer",
  wrong: "wrong-answer",
  "no answer": "wrong-answer",
  "partly right": "",
  "not scored": "",
};

/** An answer with its verdict. */
export function Verdict({ answer }: { readonly answer: JudgedAnswer }) {
  const word = judgement(answer);
  const score = word === "partly right" ? ` ${answer.score!.toFixed(2)}` : "";
  return (
    <span class="verdict">
      <b class={CLASSES[word]}>{word + score}</b>
      {answer.text === null ? null : <span class="said">{answer.text === "" ? "(empty)" : answer.text}</span>}
    </span>
  );
}
