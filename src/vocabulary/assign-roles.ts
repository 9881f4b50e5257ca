import { roleOfName } from "./roles.js";
import type { SpecialTokens } from "./special-files.js";
import { DECLARED_ROLES } from "./special-files.js";
import type { TokenKind } from "./token.js";

interface Source {
  readonly strings: readonly (string | undefined)[];
  readonly kinds: readonly (TokenKind | undefined)[];
  readonly idOfString: ReadonlyMap<string, number>;
  readonly special: SpecialTokens;
  readonly unkToken: string | undefined;
}

interface Roles {
  readonly idOfRole: ReadonlyMap<string, number>;
  readonly rolesOfId: ReadonlyMap<number, readonly string[]>;
}

/** The roles by which a missing declaration is filled. */
const NAMED_FALLBACK: Readonly<Record<string, string>> = { bos: "begin-of-text", eos: "end-of-text" };

/** Assigns roles by name, then those that the configuration declares. Of several ids of one name, the lowest gets it. */
export function assignRoles(source: Source): Roles {
  const idOfRole = new Map<string, number>();
  const rolesOfId = new Map<number, string[]>();
  const give = (role: string, id: number): void => {
    const roles = rolesOfId.get(id) ?? [];
    if (!roles.includes(role)) rolesOfId.set(id, [...roles, role]);
  };
  source.kinds.forEach((kind, id) => {
    if (kind !== "special") return;
    const role = roleOfName(source.strings[id]!);
    give(role, id);
    if (!idOfRole.has(role)) idOfRole.set(role, id);
  });
  for (const role of DECLARED_ROLES) {
    const id = declaredId(role, source) ?? idOfRole.get(NAMED_FALLBACK[role] ?? role);
    if (id === undefined || source.kinds[id] !== "special") continue;
    give(role, id);
    idOfRole.set(role, id);
  }
  return { idOfRole, rolesOfId };
}

function declaredId(role: (typeof DECLARED_ROLES)[number], source: Source): number | undefined {
  const name = source.special.named[role] ?? (role === "unk" ? source.unkToken : undefined);
  return name === undefined ? source.special.numbered[role] : source.idOfString.get(name);
}
