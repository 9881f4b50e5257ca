import type { PageQuestion, QuestionPicture } from "../../src/benchmark/report/questions-data.js";
import { Verdict } from "./verdict.jsx";

export interface QuestionDetailsProps {
  readonly question: PageQuestion;
  readonly picture: QuestionPicture | null;
  /** Null where the picture is not there. */
  readonly url: string | null;
  readonly baseline: string | null;
}

/** One question: its picture, the right answer and what was answered. */
export function QuestionDetails({ question, picture, url, baseline }: QuestionDetailsProps) {
  const { id, group, question: asked, right, answer, before } = question;
  return (
    <section class="question" aria-label="The opened question" aria-live="polite">
      <h2>
        {`Question ${id}`} {group === "default" ? null : <small>{group}</small>}
      </h2>
      <div class="with-picture">
        {picture === null ? null : (
          <figure>
            {url === null ? <p class="fact">The picture is not there.</p> : <img src={url} alt={picture.name} />}
            <figcaption class="fact">
              {picture.name}
              {picture.explained === null ? null : (
                <>
                  {" "}
                  <a href={picture.explained}>What the adapter sees in it</a>
                </>
              )}
            </figcaption>
          </figure>
        )}
        <dl>
          <dt>Question</dt>
          <dd class="text">{asked}</dd>
          <dt>Right answer</dt>
          <dd class="text">{right ?? "not known: the annotations leave this question out"}</dd>
          <dt>Answer</dt>
          <dd class="text">
            <Verdict answer={answer} />
          </dd>
          {before === null ? null : (
            <>
              <dt>{`Answer of the baseline, ${baseline}`}</dt>
              <dd class="text">
                <Verdict answer={before} />
              </dd>
            </>
          )}
        </dl>
      </div>
    </section>
  );
}
