import { useMemo, useState } from "preact/hooks";
import type { QuestionsData } from "../src/benchmark/report/questions-data.js";
import { changesOf, FILTERS, filterQuestions, type FilterName } from "./eval/filters.js";
import { QuestionDetails } from "./eval/question-details.jsx";
import { Verdict } from "./eval/verdict.jsx";
import { ListBox } from "./lib/list-box.jsx";
import { Field } from "./lib/parts.jsx";
import { start } from "./lib/start.jsx";

/** Height of a question in the list, in pixels. */
const ROW = 76;

function EvalPage({ data }: { readonly data: QuestionsData }) {
  const { questions, pictures, baseline } = data;
  const urls = useMemo(
    () => [...document.querySelectorAll('script[data-name="picture"]')].map(({ textContent }) => textContent),
    [],
  );
  const urlOf = (picture: number | null): string | null => {
    if (picture === null) return null;
    const { embedded, address } = pictures[picture]!;
    return embedded === null ? address : urls[embedded]!;
  };
  const hasPictures = pictures.some(({ embedded, address }) => embedded !== null || address !== null);
  const groups = useMemo(() => [...new Set(questions.map(({ group }) => group))], []);
  const filters = FILTERS.filter(({ compares }) => !compares || baseline !== null);
  const [filter, setFilter] = useState<FilterName>("all");
  const [group, setGroup] = useState("");
  const [text, setText] = useState("");
  const [chosen, setOpen] = useState(0);
  const listed = useMemo(() => filterQuestions(data, { filter, group, text }), [filter, group, text]);
  const counts = useMemo(
    () => new Map(filters.map(({ name }) => [name, filterQuestions(data, { filter: name, group, text }).length])),
    [group, text],
  );
  // Of a list that the chosen one is not in, the first.
  const open = useMemo(() => (listed.includes(chosen) ? chosen : (listed[0] ?? chosen)), [listed, chosen]);
  const question = listed.length === 0 ? undefined : questions[open];

  return (
    <>
      <div class="controls">
        <Field label="Search questions and answers">
          <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </Field>
        {groups.length > 1 ? (
          <Field label="Group">
            <select value={group} onChange={(event) => setGroup(event.currentTarget.value)}>
              <option value="">all groups</option>
              {groups.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </Field>
        ) : null}
        <div class="filters" role="group" aria-label="Which questions are listed">
          {filters.map(({ name, label }) => (
            <button key={name} type="button" aria-pressed={filter === name} onClick={() => setFilter(name)}>
              {label} <small>{counts.get(name)!.toLocaleString("en-US")}</small>
            </button>
          ))}
        </div>
        <p
          class="status"
          role="status"
        >{`${listed.length.toLocaleString("en-US")} of ${questions.length.toLocaleString("en-US")} questions`}</p>
      </div>
      <div class="evaluated">
        <nav aria-label="Questions">
          <ListBox
            label="Questions; the arrow keys open them"
            count={listed.length}
            rowHeight={ROW}
            chosen={listed.indexOf(open)}
            choose={(row) => setOpen(listed[row]!)}
            empty="No question fits."
            draw={(row) => {
              const each = questions[listed[row]!]!;
              const url = urlOf(each.picture);
              const change = changesOf(each);
              return (
                <>
                  {!hasPictures ? null : url === null ? (
                    <span class="no-picture" />
                  ) : (
                    <img src={url} alt="" decoding="async" width="60" height="60" />
                  )}
                  <span class="asked">
                    <span class="two-lines">{each.question}</span>
                    <span class="one-line">
                      <Verdict answer={each.answer} />
                      {change === 0 ? null : (
                        <b class={change > 0 ? "better" : "worse"}>{change > 0 ? "became better" : "became worse"}</b>
                      )}
                    </span>
                  </span>
                </>
              );
            }}
          />
        </nav>
        {question === undefined ? (
          <section class="question" aria-label="The opened question" />
        ) : (
          <QuestionDetails
            question={question}
            picture={question.picture === null ? null : pictures[question.picture]!}
            url={urlOf(question.picture)}
            baseline={baseline}
          />
        )}
      </div>
    </>
  );
}

void start<QuestionsData>(EvalPage);
