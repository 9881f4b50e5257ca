/** What the page of an evaluation shows of each question; also the file of JSON beside the page. */
export interface QuestionsData {
  readonly format: "langbridge-questions";
  readonly version: 1;
  readonly benchmark: string;
  /** Whose rules judged. */
  readonly variant: string | null;
  /** Name of the result that it is compared with; null for none, and where its answers were not found. */
  readonly baseline: string | null;
  readonly pictures: readonly QuestionPicture[];
  readonly questions: readonly PageQuestion[];
}

export interface QuestionPicture {
  readonly name: string;
  /** Address relative to the page; null for a picture that is embedded or not there. */
  readonly address: string | null;
  /** Place among the pictures that are embedded in the page; null for none. */
  readonly embedded: number | null;
  /** Address of the picture on the page of an explanation; null for none. */
  readonly explained: string | null;
}

export interface PageQuestion {
  readonly id: string | number;
  /** Place among the pictures; null for a question without one. */
  readonly picture: number | null;
  readonly group: string;
  readonly question: string;
  /** Null where the annotations do not cover the question. */
  readonly right: string | null;
  readonly answer: JudgedAnswer;
  /** Of the baseline; null without one. */
  readonly before: JudgedAnswer | null;
}

export interface JudgedAnswer {
  /** Null where there is none. */
  readonly text: string | null;
  /** 0 to 1 by the rules of the variant; null where the question is not scored. */
  readonly score: number | null;
}
