import type { ComponentChildren } from "preact";

/** A control with its label above it. */
export const Field = ({ label, children }: { readonly label: string; readonly children: ComponentChildren }) => (
  <label class="field">
    <span>{label}</span>
    {children}
  </label>
);

/** Sentences that a newcomer needs and others close. */
export const Notes = ({ summary, notes }: { readonly summary: string; readonly notes: readonly string[] }) => (
  <details class="notes">
    <summary>{summary}</summary>
    {notes.map((note) => (
      <p key={note}>{note}</p>
    ))}
  </details>
);
