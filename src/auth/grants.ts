import { DEFAULT_SCOPES, intersection, OPERATOR_SCOPES, scopesField } from "./scopes.ts";
import type { ScopesRecord } from "./scopes-record.ts";
import type { User } from "./user.ts";

interface Grant {
  readonly scopes: readonly string[];
  readonly text: string;
  /** What of it a pass allows, by the pass's own list: worked out once for each. */
  readonly narrowed: WeakMap<readonly string[], Grant>;
}

/** Every user's scopes, ready to be sent: on a request's way this is a look-up in a Map. */
export class Grants {
  readonly record: ScopesRecord;
  readonly #byName = new Map<string, Grant>();
  readonly #usual = grant(DEFAULT_SCOPES);

  constructor(record: ScopesRecord) {
    this.record = record;
    for (const [name, scopes] of record.users) this.#byName.set(name, grant(scopes));
    if (record.owner !== undefined) this.#byName.set(record.owner, grant(OPERATOR_SCOPES));
  }

  of({ name, scopes }: User): Grant {
    const whole = this.#byName.get(name) ?? this.#usual;
    if (scopes === undefined) return whole;
    let part = whole.narrowed.get(scopes);
    if (part === undefined) {
      part = grant(intersection(whole.scopes, scopes));
      whole.narrowed.set(scopes, part);
    }
    return part;
  }
}

const grant = (scopes: readonly string[]): Grant => ({ scopes, text: scopesField(scopes), narrowed: new WeakMap() });
