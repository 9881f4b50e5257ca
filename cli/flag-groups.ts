/** Groups of flags in the help: what is read, how it runs, and what is written. */
export const [INPUTS, RUNNING, OUTPUT] = ["INPUT", "RUNNING", "OUTPUT"] as const;

interface Groups<Name> {
  readonly inputs?: readonly Name[];
  readonly output?: readonly Name[];
}

/** The flags of a command with their groups in the help; those that are named in none say how it runs. */
export function grouped<Flags extends Readonly<Record<string, { helpGroup?: string | undefined }>>>(
  flags: Flags,
  { inputs = [], output = [] }: Groups<keyof Flags>,
): Flags {
  const groupOf = (name: string): string => (inputs.includes(name) ? INPUTS : output.includes(name) ? OUTPUT : RUNNING);
  const all = Object.entries(flags).map(([name, flag]) => [name, { helpGroup: groupOf(name), ...flag }] as const);
  return Object.fromEntries(all) as unknown as Flags;
}
